// Buttons that copy a text of the page: <button data-copy="ID" hidden><span data-copy-words>Copy</span></button>. Without scripts they stay hidden.
const SHOWN_FOR = 2000;

export function offerCopies(page: Document): void {
  if (!navigator.clipboard) return;
  for (const button of page.querySelectorAll<HTMLButtonElement>("button[data-copy]")) {
    const text = page.getElementById(button.dataset.copy ?? "");
    const words = button.querySelector<HTMLElement>("[data-copy-words]");
    if (!text || !words) continue;
    const before = words.textContent;
    words.setAttribute("role", "status");
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text.textContent ?? "");
        words.textContent = "Copied";
      } catch {
        words.textContent = "The browser refused";
      }
      setTimeout(() => (words.textContent = before), SHOWN_FOR);
    });
  }
}
