/* The path between two records in words: who, by which works, when. */

import type { Picture, PictureEdge } from "../state/picture";
import type { Way } from "../state/values";
import { button, make } from "./dom";
import { icon } from "./icons";
import { mark } from "./marks";
import { count, plain, relationFrom, strength, years } from "./words";

export interface WayActions {
  select(id: string): void;
  avoid(id: string): void;
  disconnect(): void;
}

function step(edge: PictureEdge, from: string): HTMLElement {
  const words = [relationFrom(edge, from), strength(edge), years(edge)].filter((part) => part !== "").join(", ");
  const works = edge.works.map((work) => make("span", { class: "explorer__work" }, work.url ? make("a", { href: work.url }, plain(work.title)) : plain(work.title)));
  return make("div", { class: "explorer__way-step" }, make("span", {}, words), ...works);
}

export function wayIn(picture: Picture, way: Way, actions: WayActions): Node[] {
  const list = make("ol", { class: "explorer__way" });
  for (const [place, id] of way.nodes.entries()) {
    const node = picture.nodes.get(id);
    const edge = picture.edges.get(way.edges[place] ?? "");
    if (!node) continue;
    const name = make("button", { type: "button", class: "explorer__link" }, mark(node.kind), make("span", { class: "explorer__link-name" }, plain(node.label)));
    name.addEventListener("click", () => actions.select(id));
    const isBetween = place > 0 && place < way.nodes.length - 1;
    const around = isBetween ? button(`Find a way without ${plain(node.label)}`, "without", () => actions.avoid(id), { class: "explorer__back" }) : null;
    list.append(make("li", {}, make("div", { class: "explorer__way-node" }, name, around), edge ? step(edge, id) : null));
  }
  return [
    make(
      "section",
      { class: "explorer__way-part", "aria-label": "How they are connected" },
      make(
        "header",
        { class: "explorer__panel-head" },
        make("h2", { class: "explorer__panel-title" }, `Connected in ${count(way.nodes.length - 1, ["step", "steps"])}`),
        button("Take the path away", icon("close"), () => actions.disconnect(), { class: "explorer__button" }),
      ),
      list,
    ),
  ];
}
