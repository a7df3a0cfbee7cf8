/* A small card beside the node or the edge under the pointer. */

import type { Point, Size } from "../scene/camera";
import { type Picture, type PictureEdge, type PictureNode, linksOf } from "../state/picture";
import { type State, primary } from "../state/state";
import { meaningOf } from "../reducers/colour";
import { make } from "./dom";
import { mark } from "./marks";
import { COLOUR_NAMES, count, edgeWords, fact, plain } from "./words";

const GAP = 14;

export class HoverCard {
  readonly element = make("div", { class: "explorer__card", "aria-hidden": "true", hidden: true });
  #shown: string | null = null;

  /** `at` is the middle of what is under the pointer; the card keeps clear of it and inside the stage. */
  show(state: State, at: Point | null, radius: number, stage: Size): void {
    const { picture } = state;
    const node = state.hovered === null || state.hovered === primary(state) ? undefined : picture?.nodes.get(state.hovered);
    const edge = state.hoveredEdge === null ? undefined : picture?.edges.get(state.hoveredEdge);
    const shown = node?.id ?? edge?.key ?? null;
    this.element.hidden = picture === null || shown === null || at === null;
    if (picture === null || at === null || shown === null) {
      this.#shown = null;
      return;
    }
    if (this.#shown !== shown) {
      this.#shown = shown;
      this.element.replaceChildren(...(node ? nodeCard(state, picture, node) : edge ? edgeCard(picture, edge) : []));
    }
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const right = at.x + radius + GAP;
    const x = right + width < stage.width - 8 ? right : at.x - radius - GAP - width;
    // Beside a node, below the middle of an edge: neither is covered.
    const top = node ? at.y - height / 2 : at.y + GAP;
    const y = Math.min(Math.max(8, top), stage.height - height - 8);
    this.element.style.transform = `translate(${Math.round(Math.max(8, x))}px, ${Math.round(y)}px)`;
  }
}

function name(picture: Picture, id: string): string {
  return plain(picture.nodes.get(id)?.label ?? id);
}

function nodeCard(state: State, picture: Picture, node: PictureNode): Node[] {
  const drawn = linksOf(picture, node.id);
  const anchor = primary(state) ?? state.focus;
  const meaning = meaningOf(state, picture, node);
  const tie = drawn.find((link) => link.other === anchor)?.edge;
  return [
    make("p", { class: `explorer__card-name${node.kind === "work" ? " explorer__card-name--work" : ""}` }, plain(node.label)),
    make("p", { class: "explorer__card-fact" }, mark(node.kind), `${fact(node)}, ${count(drawn.length, ["relation", "relations"])} drawn`),
    ...(meaning === null ? [] : [make("p", { class: "explorer__card-fact" }, `${COLOUR_NAMES[state.colour]}: ${meaning}`)]),
    ...(tie ? edgeFacts(picture, tie) : []),
  ];
}

function edgeFacts(picture: Picture, edge: PictureEdge): Node[] {
  const words = edgeWords(edge, name(picture, edge.source), name(picture, edge.target));
  return [make("p", { class: "explorer__card-fact" }, words), ...worksOf(edge)];
}

/** On what: the titles an edge rests on. */
function worksOf(edge: PictureEdge): Node[] {
  return edge.works.map((work) => make("p", { class: "explorer__card-work" }, `${plain(work.title)}${work.year === null ? "" : ` (${work.year})`}`));
}

function edgeCard(picture: Picture, edge: PictureEdge): Node[] {
  return [make("p", { class: "explorer__card-name" }, edgeWords(edge, name(picture, edge.source), name(picture, edge.target))), ...worksOf(edge)];
}
