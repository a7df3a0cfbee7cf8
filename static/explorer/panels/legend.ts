/* The legend that filters: one switch for each kind, with how many are drawn. */

import { make } from "./dom";
import { mark } from "./marks";
import { KINDS, type Kind } from "../client/slice";
import type { State } from "../state/state";
import { KIND_NAMES, capital } from "./words";

export class Legend {
  readonly element = make("div", { class: "explorer__legend", role: "group", "aria-label": "Kinds shown" });
  readonly #switches = new Map<Kind, { button: HTMLButtonElement; count: HTMLElement }>();

  constructor(toggle: (kind: Kind) => void) {
    for (const kind of KINDS) {
      const count = make("span", { class: "explorer__count" });
      const button = make("button", { type: "button", class: "explorer__kind", "aria-pressed": "true" }, mark(kind), make("span", {}, capital(KIND_NAMES[kind][1])), count);
      button.addEventListener("click", () => toggle(kind));
      this.#switches.set(kind, { button, count });
      this.element.append(button);
    }
  }

  show(state: State): void {
    // Where colours say something else the marks tell shapes alone.
    this.element.classList.toggle("explorer__legend--shapes", state.colour !== "kind");
    for (const [kind, { button, count }] of this.#switches) {
      const number = [...(state.picture?.nodes.values() ?? [])].filter((node) => node.kind === kind).length;
      const isShown = !state.hiddenKinds.has(kind);
      count.textContent = number.toLocaleString("en");
      button.hidden = number === 0;
      button.setAttribute("aria-pressed", String(isShown));
      button.title = isShown ? `Hide ${KIND_NAMES[kind][1]}` : `Show ${KIND_NAMES[kind][1]}`;
    }
  }
}
