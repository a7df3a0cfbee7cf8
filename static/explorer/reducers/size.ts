/* How large a node is drawn. */

import type { Kind } from "../client/slice";
import { type Picture, type PictureNode, links } from "../state/picture";
import type { Size } from "../state/values";

const RADII: Readonly<Record<Kind, readonly [number, number]>> = { researcher: [4.5, 10], work: [3.5, 8.5], topic: [5, 9], institution: [5, 9] };
const FOCUS_RADIUS = 13;

/** What the size of a node stands for: its works (a work's citations), its citations, or its relations in the picture. */
export function measureOf(picture: Picture, node: PictureNode, size: Size): number {
  switch (size) {
    case "weight":
      return node.weight;
    case "citations":
      return node.citations ?? (node.kind === "work" ? node.weight : 0);
    case "degree":
      return links(picture).get(node.id)?.length ?? 0;
  }
}

type Most = Readonly<Record<Kind, number>>;

function heaviest(picture: Picture, size: Size): Most {
  const most = { researcher: 1, work: 1, topic: 1, institution: 1 };
  for (const node of picture.nodes.values()) if (node.id !== picture.focus) most[node.kind] = Math.max(most[node.kind], measureOf(picture, node, size));
  return most;
}

const measured = new WeakMap<Picture, Partial<Record<Size, Most>>>();

/** From 0 to 1: how the node stands among the others of its kind. */
export function share(picture: Picture, node: PictureNode, size: Size): number {
  const known = measured.get(picture) ?? {};
  const most = known[size] ?? heaviest(picture, size);
  if (!known[size]) measured.set(picture, { ...known, [size]: most });
  return Math.min(1, Math.sqrt(Math.max(0, measureOf(picture, node, size)) / most[node.kind]));
}

/** Pixels at the zoom of the first view. */
export function radiusOf(picture: Picture, node: PictureNode, size: Size = "weight"): number {
  if (node.id === picture.focus) return FOCUS_RADIUS;
  const [least, most] = RADII[node.kind];
  return least + (most - least) * share(picture, node, size);
}
