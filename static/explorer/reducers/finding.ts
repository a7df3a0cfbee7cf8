/* Finding nodes of the picture by their names. */

import type { PictureNode } from "../state/picture";
import type { State } from "../state/state";
import { visibleOf } from "../state/visible";

/** Lower-cased words without accents, for finding. */
export function folded(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase();
}

/** The visible nodes whose label holds every word of the query, best first. */
export function found(state: State): readonly PictureNode[] {
  const words = folded(state.query).split(/\s+/).filter(Boolean);
  if (words.length === 0 || state.picture === null) return [];
  const { nodes } = visibleOf(state);
  const hits = [...state.picture.nodes.values()].filter((node) => {
    if (!nodes.has(node.id)) return false;
    const label = folded(node.label);
    return words.every((word) => label.includes(word));
  });
  const first = words[0] ?? "";
  const worth = (node: PictureNode): number => (folded(node.label).startsWith(first) ? 1 : 0) + Math.log1p(node.weight) / 20;
  return hits.sort((a, b) => worth(b) - worth(a) || (a.label < b.label ? -1 : 1));
}
