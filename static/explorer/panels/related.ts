/* The relations of one record in the picture, the strongest first. */

import { type Link, type Picture, type PictureNode, linksOf } from "../state/picture";
import type { Visible } from "../state/visible";
import { make } from "./dom";
import { mark } from "./marks";
import { count, plain, relationFrom, strength, years } from "./words";

const MOST_LINKS = 40;
const ORDER = ["collaborated", "affiliated", "authored", "about", "cites"];

function byStrength(picture: Picture): (a: Link, b: Link) => number {
  const weight = (link: Link): number => picture.nodes.get(link.other)?.weight ?? 0;
  return (a, b) => ORDER.indexOf(a.edge.kind) - ORDER.indexOf(b.edge.kind) || b.edge.weight - a.edge.weight || weight(b) - weight(a);
}

export function relatedIn(picture: Picture, node: PictureNode, visible: Visible, select: (id: string) => void): { count: number; parts: Node[] } {
  const drawn = new Set(visible.edges.map((edge) => edge.key));
  const links = linksOf(picture, node.id).filter((link) => drawn.has(link.edge.key));
  if (links.length === 0) return { count: 0, parts: [] };
  const list = make("ul", { class: "explorer__links" });
  for (const link of [...links].sort(byStrength(picture)).slice(0, MOST_LINKS)) {
    const other = picture.nodes.get(link.other);
    if (!other) continue;
    const details = [relationFrom(link.edge, node.id), strength(link.edge), years(link.edge)].filter((part) => part !== "").join(", ");
    const row = make("button", { type: "button", class: "explorer__link" }, mark(other.kind), make("span", { class: "explorer__link-name" }, plain(other.label)), make("span", { class: "explorer__link-fact" }, details));
    row.addEventListener("click", () => select(other.id));
    list.append(make("li", {}, row));
  }
  const more = links.length > MOST_LINKS ? [make("p", { class: "explorer__more" }, `and ${count(links.length - MOST_LINKS, ["more", "more"])}; the table has them all`)] : [];
  return { count: links.length, parts: [make("h3", { class: "explorer__panel-title" }, "Related in this picture"), list, ...more] };
}
