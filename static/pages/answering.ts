// An answer that is chosen fills the field below it, to be changed before it is sent. Without this script the choice itself is sent.

export function offerAnswers(page: ParentNode): void {
  for (const choice of page.querySelectorAll<HTMLSelectElement>("select[data-fills]")) {
    const field = document.getElementById(choice.dataset.fills ?? "");
    if (!(field instanceof HTMLTextAreaElement)) continue;
    let filled = "";
    choice.addEventListener("change", () => {
      if (!choice.value) return;
      const written = field.value.trim();
      // What somebody wrote themselves is not lost: the answer goes below it.
      field.value = written && written !== filled ? `${written}\n\n${choice.value}` : choice.value;
      filled = choice.value;
      choice.value = "";
      field.focus();
    });
  }
}
