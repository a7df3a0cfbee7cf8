/* How things look in a state: pure functions of the state, the palette and nothing else. */

import type { Point } from "../scene/camera";
import type { Palette } from "../scene/palette";
import { mixed } from "../scene/palette";
import { type Picture, type PictureNode, linksOf, links } from "../state/picture";
import type { Kind } from "../client/slice";
import { type State, isVisible } from "../state/state";
import { plain } from "../panels/words";

export type Shape = "circle" | "square" | "triangle" | "diamond";

export const SHAPES: Readonly<Record<Kind, Shape>> = { researcher: "circle", work: "square", topic: "triangle", institution: "diamond" };

export interface NodeLook {
  readonly id: string;
  readonly shape: Shape;
  /** Pixels at the zoom of the first view. */
  readonly radius: number;
  readonly fill: string;
  /** Ring around the node; null for none. */
  readonly ring: string | null;
  readonly pinned: boolean;
  readonly rank: number;
  readonly label: {
    readonly text: string;
    readonly serif: boolean;
    readonly strong: boolean;
    readonly ink: string;
    readonly priority: number;
    readonly wanted: boolean;
  } | null;
}

export interface EdgeLook {
  readonly key: string;
  readonly source: string;
  readonly target: string;
  readonly colour: string;
  readonly width: number;
  /** Drawn with a head at the target. */
  readonly arrow: boolean;
  readonly rank: number;
}

export interface Look {
  readonly nodes: readonly NodeLook[];
  readonly edges: readonly EdgeLook[];
}

const RADII: Readonly<Record<Kind, readonly [number, number]>> = { researcher: [4.5, 10], work: [3.5, 8.5], topic: [5, 9], institution: [5, 9] };
const FOCUS_RADIUS = 13;

function heaviest(picture: Picture): Readonly<Record<Kind, number>> {
  const most = { researcher: 1, work: 1, topic: 1, institution: 1 };
  for (const node of picture.nodes.values()) if (node.id !== picture.focus) most[node.kind] = Math.max(most[node.kind], node.weight);
  return most;
}

const measured = new WeakMap<Picture, Readonly<Record<Kind, number>>>();

function share(picture: Picture, node: PictureNode): number {
  const most = measured.get(picture) ?? heaviest(picture);
  measured.set(picture, most);
  return Math.min(1, Math.sqrt(Math.max(0, node.weight) / most[node.kind]));
}

export function radiusOf(picture: Picture, node: PictureNode): number {
  if (node.id === picture.focus) return FOCUS_RADIUS;
  const [least, most] = RADII[node.kind];
  return least + (most - least) * share(picture, node);
}

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
  const hits = [...state.picture.nodes.values()].filter((node) => {
    const label = folded(node.label);
    return isVisible(state, node.id) && words.every((word) => label.includes(word));
  });
  const first = words[0] ?? "";
  const worth = (node: PictureNode): number => (folded(node.label).startsWith(first) ? 1 : 0) + Math.log1p(node.weight) / 20;
  return hits.sort((a, b) => worth(b) - worth(a) || (a.label < b.label ? -1 : 1));
}

/** The nodes that stand out; null when all do. */
function highlighted(state: State): ReadonlySet<string> | null {
  if (state.picture === null) return null;
  const centre = state.hovered ?? state.selected;
  if (centre !== null && centre !== state.focus) return new Set([centre, ...linksOf(state.picture, centre).map((link) => link.other)]);
  if (centre !== null && state.hovered !== null) return new Set([centre, ...linksOf(state.picture, centre).map((link) => link.other)]);
  const hits = found(state);
  return hits.length > 0 ? new Set(hits.map((node) => node.id)) : null;
}

function nodeLook(state: State, picture: Picture, node: PictureNode, palette: Palette, lit: ReadonlySet<string> | null, hits: ReadonlySet<string>): NodeLook {
  const chosen = node.id === state.selected || node.id === state.hovered;
  const dim = lit !== null && !lit.has(node.id);
  const isFocus = node.id === picture.focus;
  const colour = palette.kinds[node.kind];
  const degree = links(picture).get(node.id)?.length ?? 0;
  const wanted = chosen || isFocus || hits.has(node.id);
  return {
    id: node.id,
    shape: SHAPES[node.kind],
    radius: radiusOf(picture, node) + (node.id === state.hovered ? 1.5 : 0),
    fill: dim ? mixed(colour, palette.paper, 0.22) : colour,
    ring: node.id === state.selected ? palette.ink : isFocus ? (dim ? mixed(colour, palette.paper, 0.22) : colour) : hits.has(node.id) ? palette.accent : null,
    pinned: state.pinned.has(node.id),
    rank: chosen ? 3 : isFocus ? 2 : dim ? 0 : 1,
    label:
      dim && !wanted
        ? null
        : {
            text: plain(node.label),
            serif: node.kind === "work",
            strong: isFocus || node.id === state.selected,
            ink: dim ? palette.inkSoft : palette.ink,
            priority: (chosen ? 60 : 0) + (isFocus ? 50 : 0) + (hits.has(node.id) ? 20 : 0) + share(picture, node) * 6 + Math.log1p(degree) * 2 + (node.kind === "work" ? 0 : 1),
            wanted,
          },
  };
}

function edgeLook(state: State, edge: { key: string; source: string; target: string; kind: string; weight: number }, palette: Palette, lit: ReadonlySet<string> | null, ease: number): EdgeLook {
  const centre = state.hovered ?? state.selected;
  const touches = centre !== null && (edge.source === centre || edge.target === centre);
  const dim = lit !== null && !touches;
  const strong = edge.kind === "collaborated" ? Math.min(1.6, Math.log1p(edge.weight) * 0.45) : 0.2;
  return {
    key: edge.key,
    source: edge.source,
    target: edge.target,
    colour: touches ? mixed(palette.ink, palette.paper, 0.62) : mixed(palette.ink, palette.paper, ease * (dim ? 0.07 : edge.kind === "collaborated" ? 0.3 : 0.19)),
    width: touches ? 1.1 + strong : 0.7 + strong,
    arrow: touches && edge.kind === "cites",
    rank: touches ? 1 : 0,
  };
}

/** Everything visible, what lies on top last. */
export function lookOf(state: State, palette: Palette): Look {
  const picture = state.picture;
  if (picture === null) return { nodes: [], edges: [] };
  const lit = highlighted(state);
  const hits = new Set(found(state).slice(0, 40).map((node) => node.id));
  const nodes = [...picture.nodes.values()].filter((node) => isVisible(state, node.id)).map((node) => nodeLook(state, picture, node, palette, lit, hits));
  const drawn = new Set(nodes.map((node) => node.id));
  const between = [...picture.edges.values()].filter((edge) => drawn.has(edge.source) && drawn.has(edge.target));
  // Many edges make a ground of their own: each is drawn fainter.
  const ease = Math.min(1, Math.max(0.45, (350 / Math.max(1, between.length)) ** 0.4));
  const edges = between.map((edge) => edgeLook(state, edge, palette, lit, ease));
  const byRank = (a: { rank: number }, b: { rank: number }): number => a.rank - b.rank;
  return { nodes: nodes.sort(byRank), edges: edges.sort(byRank) };
}

/** The outline of a node around (0, 0), equal in area for every shape; a circle has none. */
export function outline(shape: Exclude<Shape, "circle">, r: number): readonly Point[] {
  switch (shape) {
    case "square": {
      const h = r * 0.886;
      return [{ x: -h, y: -h }, { x: h, y: -h }, { x: h, y: h }, { x: -h, y: h }]; // prettier-ignore
    }
    case "diamond": {
      const h = r * 1.253;
      return [{ x: 0, y: -h }, { x: h, y: 0 }, { x: 0, y: h }, { x: -h, y: 0 }]; // prettier-ignore
    }
    case "triangle": {
      const h = r * 1.555; // circumradius of the triangle with the circle's area
      return [{ x: 0, y: -h }, { x: h * 0.866, y: h / 2 }, { x: -h * 0.866, y: h / 2 }]; // prettier-ignore
    }
  }
}
