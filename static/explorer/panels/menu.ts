/* A button of the bar that opens a sheet of choices. */

import { make } from "./dom";
import { type IconName, icon } from "./icons";

export class Menu {
  readonly element: HTMLElement;
  readonly sheet: HTMLElement;
  readonly #face: HTMLButtonElement;
  readonly #mark = make("span", { class: "explorer__menu-mark", "aria-hidden": "true", hidden: true });

  /** `opens` is called each time before the sheet is shown. */
  constructor(name: string, label: string, face: IconName, signal: AbortSignal, opens: () => void = () => undefined) {
    this.sheet = make("div", { class: "explorer__sheet", id: name, role: "group", "aria-label": label, hidden: true });
    this.#face = make("button", { type: "button", class: "explorer__menu-face", "aria-expanded": "false", "aria-controls": name }, icon(face), make("span", { class: "explorer__menu-name" }, label), this.#mark);
    this.element = make("div", { class: "explorer__menu" }, this.#face, this.sheet);
    this.#face.addEventListener("click", () => {
      if (this.isOpen) this.close();
      else {
        opens();
        this.#open(true);
      }
    });
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.isOpen) return;
      event.stopPropagation();
      this.close();
      this.#face.focus();
    });
    document.addEventListener(
      "pointerdown",
      (event) => {
        if (this.isOpen && event.target instanceof Node && !this.element.contains(event.target)) this.close();
      },
      { signal, capture: true },
    );
  }

  get isOpen(): boolean {
    return !this.sheet.hidden;
  }

  #open(isOpen: boolean): void {
    this.sheet.hidden = !isOpen;
    this.#face.setAttribute("aria-expanded", String(isOpen));
  }

  close(): void {
    this.#open(false);
  }

  /** A number beside the name: how much of it is set. */
  set count(number: number) {
    this.#mark.textContent = number > 0 ? String(number) : "";
    this.#mark.hidden = number === 0;
  }
}
