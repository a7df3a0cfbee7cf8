/* How the picture looks: colours, sizes, layout. */

import type { State } from "../state/state";
import type { Colour, Layout, Size } from "../state/values";
import { Choice } from "./choice";
import { make } from "./dom";
import { Menu } from "./menu";
import { COLOUR_NAMES, LAYOUT_NAMES, SIZE_NAMES } from "./words";

export interface LookActions {
  colour(colour: Colour): void;
  size(size: Size): void;
  layout(layout: Layout): void;
  freeze(frozen: boolean): void;
  map(isShown: boolean): void;
}

function tick(words: string, take: (isOn: boolean) => void): HTMLInputElement {
  const input = make("input", { type: "checkbox" });
  input.addEventListener("change", () => take(input.checked));
  make("label", { class: "explorer__tick" }, input, words);
  return input;
}

export class LookMenu {
  readonly menu: Menu;
  readonly #colour: Choice<Colour>;
  readonly #size: Choice<Size>;
  readonly #layout: Choice<Layout>;
  readonly #frozen: HTMLInputElement;
  readonly #map: HTMLInputElement;

  constructor(name: string, actions: LookActions, signal: AbortSignal) {
    this.menu = new Menu(`explorer-look-${name}`, "Look", "look", signal);
    this.#colour = new Choice(`explorer-colour-${name}`, "Colour says", COLOUR_NAMES, (value) => actions.colour(value));
    this.#size = new Choice(`explorer-size-${name}`, "Size says", SIZE_NAMES, (value) => actions.size(value));
    this.#layout = new Choice(`explorer-layout-${name}`, "Place says", LAYOUT_NAMES, (value) => actions.layout(value));
    this.#frozen = tick("Freeze: nothing moves by itself", (isOn) => actions.freeze(isOn));
    this.#map = tick("Small map", (isOn) => actions.map(isOn));
    const ticks = [this.#frozen, this.#map].map((input) => input.parentElement as HTMLElement);
    this.menu.sheet.append(this.#layout.element, this.#colour.element, this.#size.element, ...ticks);
  }

  show(state: State, hasMap: boolean): void {
    const isWork = state.picture?.nodes.get(state.focus)?.kind === "work";
    this.#colour.show(state.colour, (colour) => colour !== "citations" || isWork);
    this.#size.show(state.size);
    this.#layout.show(state.layout);
    this.#frozen.checked = state.frozen;
    this.#map.checked = hasMap;
  }
}
