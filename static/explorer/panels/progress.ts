/* What is being asked for, and what went wrong. Short waits say nothing. */

import type { State } from "../state/state";
import { button, make } from "./dom";
import { plain } from "./words";

const PATIENCE = 300; // milliseconds before a wait is worth a word

export class ProgressLine {
  readonly element = make("div", { class: "explorer__status", hidden: true });
  readonly #actions: { retry(): void; dismiss(): void };
  #timer = 0;
  #shown: State["progress"] | null = null;

  constructor(actions: { retry(): void; dismiss(): void }) {
    this.#actions = actions;
  }

  show(state: State): void {
    const { progress, picture } = state;
    if (progress === this.#shown) return;
    this.#shown = progress;
    clearTimeout(this.#timer);
    this.element.classList.toggle("explorer__status--failed", progress.is === "failed");
    if (progress.is === "failed") {
      const again = progress.again || picture === null ? button("Try again", "Try again", () => this.#actions.retry(), { class: "explorer__door" }) : null;
      const close = picture === null ? null : button("Leave it", "Leave it", () => this.#actions.dismiss(), { class: "explorer__door" });
      this.#say(make("span", {}, progress.reason), again, close);
    } else if (progress.is === "loading" && picture !== null) {
      const name = plain(picture.nodes.get(progress.node)?.label ?? "");
      this.#timer = window.setTimeout(() => this.#say(name === "" ? "Looking further…" : `Looking around ${name}…`), PATIENCE);
    } else this.element.hidden = true;
  }

  #say(...words: (Node | string | null)[]): void {
    this.element.replaceChildren(...words.filter((word) => word !== null));
    this.element.hidden = false;
  }

  destroy(): void {
    clearTimeout(this.#timer);
  }
}
