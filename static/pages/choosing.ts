// Lists to choose from: everything at once, a run with Shift, and an order by dragging. Buttons do the same without it.

export function start(page: Document): void {
  for (const list of page.querySelectorAll<HTMLElement>("[data-pick]")) offerAll(list);
  for (const list of page.querySelectorAll<HTMLElement>("[data-order]")) offerDragging(list);
}

function offerAll(list: HTMLElement): void {
  const boxes = [...list.querySelectorAll<HTMLInputElement>("input[type=checkbox]")];
  const row = list.parentElement?.querySelector<HTMLElement>("[data-pick-all]");
  const button = row?.querySelector("button");
  if (!row || !button || boxes.length < 2) return;
  const words = button.textContent ?? "";
  const told = (): void => {
    const number = boxes.filter((box) => box.checked).length;
    button.textContent = number === boxes.length ? "Choose none" : words + (number ? ` (${number} chosen)` : "");
  };
  row.hidden = false;
  button.addEventListener("click", () => {
    const all = boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = !all;
    told();
  });
  let last = -1;
  list.addEventListener("click", (event) => {
    const place = boxes.indexOf(event.target as HTMLInputElement);
    if (place < 0) return;
    if (event.shiftKey && last >= 0) {
      const checked = boxes[place]?.checked ?? false;
      for (const box of boxes.slice(Math.min(last, place), Math.max(last, place) + 1)) box.checked = checked;
    }
    last = place;
    told();
  });
  told();
}

function offerDragging(list: HTMLElement): void {
  const form = list.parentElement?.querySelector<HTMLFormElement>("[data-order-form]");
  const items = (): HTMLElement[] => [...list.querySelectorAll<HTMLElement>(":scope > li[data-work]")];
  if (!form || items().length < 2) return;
  const order = (): string => items().map((item) => item.dataset.work).join();
  const before = order();
  let dragged: HTMLElement | null = null;
  for (const item of items()) {
    item.draggable = true;
    item.addEventListener("dragstart", (event) => {
      dragged = item;
      item.classList.add("is-dragged");
      event.dataTransfer?.setData("text/plain", item.dataset.work ?? "");
    });
    item.addEventListener("dragover", (event) => {
      if (!dragged || dragged === item) return;
      event.preventDefault();
      const { top, height } = item.getBoundingClientRect();
      item[event.clientY < top + height / 2 ? "before" : "after"](dragged);
    });
    item.addEventListener("dragend", () => {
      dragged?.classList.remove("is-dragged");
      dragged = null;
      if (order() === before) return;
      for (const each of items()) {
        const field = document.createElement("input");
        Object.assign(field, { type: "hidden", name: "work", value: each.dataset.work ?? "" });
        form.append(field);
      }
      form.submit();
    });
  }
}
