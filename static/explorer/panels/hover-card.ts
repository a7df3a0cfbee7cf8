/* A small card beside the node under the pointer. */

import type { Point, Size } from "../scene/camera";
import { make } from "./dom";
import { mark } from "./marks";
import { linksOf } from "../state/picture";
import type { State } from "../state/state";
import { count, fact, plain, relationFrom, strength, years } from "./words";

export class HoverCard {
  readonly element = make("div", { class: "explorer__card", "aria-hidden": "true", hidden: true });
  #shown: string | null = null;

  /** `at` is the middle of the node; the card keeps clear of it and inside the stage. */
  show(state: State, at: Point | null, radius: number, stage: Size): void {
    const node = state.hovered === null ? undefined : state.picture?.nodes.get(state.hovered);
    if (!state.picture || !node || !at || state.hovered === state.selected) {
      this.element.hidden = true;
      this.#shown = null;
      return;
    }
    if (this.#shown !== node.id) {
      this.#shown = node.id;
      const drawn = linksOf(state.picture, node.id);
      const anchor = state.selected ?? state.focus;
      const tie = drawn.find((link) => link.other === anchor);
      const tieWords = tie ? [relationFrom(tie.edge, node.id), plain(state.picture.nodes.get(anchor)?.label ?? ""), strength(tie.edge), years(tie.edge)] : [];
      this.element.replaceChildren(
        make("p", { class: `explorer__card-name${node.kind === "work" ? " explorer__card-name--work" : ""}` }, plain(node.label)),
        make("p", { class: "explorer__card-fact" }, mark(node.kind), `${fact(node)}, ${count(drawn.length, ["relation", "relations"])} drawn`),
        ...(tie ? [make("p", { class: "explorer__card-fact" }, tieWords.filter((word) => word !== "").join(" · "))] : []),
      );
    }
    this.element.hidden = false;
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const right = at.x + radius + 14;
    const x = right + width < stage.width - 8 ? right : at.x - radius - 14 - width;
    const y = Math.min(Math.max(8, at.y - height / 2), stage.height - height - 8);
    this.element.style.transform = `translate(${Math.round(Math.max(8, x))}px, ${Math.round(y)}px)`;
  }
}
