/* What the colours mean, each a switch that hides or shows its nodes. */

import { type LegendEntry, legendOf } from "../reducers/colour";
import type { Palette } from "../scene/palette";
import type { State } from "../state/state";
import type { Colour } from "../state/values";
import { make } from "./dom";
import { swatch } from "./marks";
import { COLOUR_NAMES } from "./words";

/** What a reader may ask about a colour. */
const NOTES: Readonly<Partial<Record<Colour, string>>> = {
  community: "Who is linked with whom more than with others (Louvain’s method, without the centre), named after their topics.",
  year: "Works by their year; people, topics and institutions in the middle of theirs.",
  level: "L1 known by a stable id, L2 claimed, L3 proved, L4 vouched for, L5 checked by staff.",
};

export class Key {
  readonly element = make("div", { class: "explorer__key", role: "group", hidden: true });
  readonly #toggle: (bucket: string) => void;

  constructor(toggle: (bucket: string) => void) {
    this.#toggle = toggle;
  }

  show(state: State, palette: Palette): void {
    const entries = legendOf(state, palette);
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.bucket : undefined;
    this.element.hidden = entries.length === 0;
    this.element.setAttribute("aria-label", `${COLOUR_NAMES[state.colour]}: what the colours mean`);
    const note = NOTES[state.colour];
    this.element.replaceChildren(...entries.map((entry) => this.#entry(entry)), ...(note ? [make("p", { class: "explorer__key-note" }, note)] : []));
    if (focused) this.element.querySelector<HTMLElement>(`[data-bucket="${focused}"]`)?.focus();
  }

  #entry(entry: LegendEntry): HTMLElement {
    const face = make(
      "button",
      { type: "button", class: "explorer__key-entry", "data-bucket": entry.bucket, "aria-pressed": String(entry.isOn), title: `${entry.isOn ? "Hide" : "Show"}: ${entry.name}` },
      swatch(entry.shape ?? "circle", entry.colour),
      make("span", { class: "explorer__key-name" }, entry.name),
      make("span", { class: "explorer__count" }, entry.count.toLocaleString("en")),
    );
    face.addEventListener("click", () => this.#toggle(entry.bucket));
    return face;
  }
}
