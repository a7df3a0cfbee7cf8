/* Below the picture: what was left out, and the buttons of the view. */

import type { State } from "../state/state";
import { primary } from "../state/state";
import { visibleOf } from "../state/visible";
import { button, make } from "./dom";
import { icon } from "./icons";
import { leftOutWords, plain } from "./words";

export interface ViewActions {
  zoom(factor: number): void;
  fit(): void;
  undo(): void;
  redo(): void;
  help(): void;
  fullscreen(): void;
}

export class Foot {
  readonly element: HTMLElement;
  readonly #note = make("p", { class: "explorer__note" });
  readonly #undo: HTMLButtonElement;
  readonly #redo: HTMLButtonElement;

  /** `fullAddress`: the way to the full explorer; null where this is it. */
  constructor(actions: ViewActions, fullAddress: string | null) {
    const face = { class: "explorer__button" };
    this.#undo = button("Undo", icon("undo"), () => actions.undo(), { ...face, disabled: true });
    this.#redo = button("Do again", icon("redo"), () => actions.redo(), { ...face, disabled: true });
    const buttons = make(
      "div",
      { class: "explorer__zoom", role: "group", "aria-label": "View" },
      button("Zoom in", icon("plus"), () => actions.zoom(1.5), face),
      button("Zoom out", icon("minus"), () => actions.zoom(1 / 1.5), face),
      button("Show everything", icon("fit"), () => actions.fit(), face),
      this.#undo,
      this.#redo,
      button("Keys and gestures", icon("help"), () => actions.help(), face),
      fullAddress === null
        ? button("Full screen", icon("fullscreen"), () => actions.fullscreen(), face)
        : make("a", { ...face, href: fullAddress, "aria-label": "Open full explorer", title: "Open full explorer" }, icon("fullscreen")),
    );
    this.element = make("div", { class: "explorer__foot" }, this.#note, buttons);
  }

  show(state: State): void {
    const [before, after] = [state.past.at(-1), state.future.at(-1)];
    name(this.#undo, "Undo", before?.words);
    name(this.#redo, "Do again", after?.words);
    this.#note.textContent = noteOf(state);
  }
}

function name(face: HTMLButtonElement, verb: string, words: string | undefined): void {
  face.disabled = words === undefined;
  face.title = words === undefined ? verb : `${verb}: ${words}`;
}

/** What is not shown, and why: left out by the portal, or by the reader. */
export function noteOf(state: State): string {
  const { picture } = state;
  if (!picture) return "";
  const chosen = primary(state);
  const at = chosen !== null && picture.leftOut.has(chosen) ? chosen : picture.focus;
  const label = plain(picture.nodes.get(at)?.label ?? "");
  const words = leftOutWords(picture.leftOut.get(at) ?? {});
  const left = words === "" ? `Everything known here around ${label} is drawn.` : `Strongest relations first. Not drawn around ${label}: ${words}.`;
  const weak = picture.edgesLeftOut > 0 ? ` ${picture.edgesLeftOut.toLocaleString("en")} weaker relations between them are not drawn.` : "";
  const away = picture.nodes.size - visibleOf(state).nodes.size;
  return away > 0 ? `${left}${weak} ${away.toLocaleString("en")} of ${picture.nodes.size.toLocaleString("en")} drawn here are hidden or filtered out.` : `${left}${weak}`;
}
