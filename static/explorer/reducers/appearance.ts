/* How things look in a state: pure functions of the state, the palette and nothing else. */

import { plain } from "../panels/words";
import { type Palette, mixed } from "../scene/palette";
import { type Picture, type PictureEdge, type PictureNode, links, linksOf } from "../state/picture";
import type { State } from "../state/state";
import { visibleOf } from "../state/visible";
import { colourOf } from "./colour";
import { found } from "./finding";
import { type Shape, shapeOf } from "./shapes";
import { radiusOf, share } from "./size";

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

/** What stands out: these nodes, the edges at these centres, these edges. */
interface Light {
  readonly nodes: ReadonlySet<string>;
  readonly centres: ReadonlySet<string>;
  readonly edges: ReadonlySet<string>;
}

interface Scene {
  readonly state: State;
  readonly picture: Picture;
  readonly palette: Palette;
  /** null when nothing stands out, and so everything does. */
  readonly light: Light | null;
  readonly hits: ReadonlySet<string>;
  /** Many edges make a ground of their own: each is drawn fainter. */
  readonly ease: number;
}

const MOST_HITS = 40;
const NONE: ReadonlySet<string> = new Set();

function around(picture: Picture, centres: readonly string[]): Light {
  return { nodes: new Set(centres.flatMap((id) => [id, ...linksOf(picture, id).map((link) => link.other)])), centres: new Set(centres), edges: NONE };
}

function lightOf(state: State, picture: Picture, hits: ReadonlySet<string>): Light | null {
  const edge = state.hoveredEdge === null ? undefined : picture.edges.get(state.hoveredEdge);
  if (edge) return { nodes: new Set([edge.source, edge.target]), centres: NONE, edges: new Set([edge.key]) };
  if (state.hovered !== null) return around(picture, [state.hovered]);
  if (state.way !== null) return { nodes: new Set([...state.way.nodes, ...state.selected]), centres: NONE, edges: new Set(state.way.edges) };
  const chosen = state.selected.filter((id) => picture.nodes.has(id));
  if (chosen.length > 1 || (chosen.length === 1 && chosen[0] !== state.focus)) return around(picture, chosen);
  return hits.size > 0 ? { nodes: hits, centres: NONE, edges: NONE } : null;
}

function ringOf(scene: Scene, node: PictureNode, fill: string): string | null {
  const { state, palette, hits } = scene;
  if (state.selected.includes(node.id)) return palette.ink;
  if (node.id === scene.picture.focus) return fill;
  if (hits.has(node.id) || state.way?.nodes.includes(node.id)) return palette.accent;
  return null;
}

function labelOf(scene: Scene, node: PictureNode, dim: boolean): NodeLook["label"] {
  const { state, picture, palette, hits } = scene;
  const isChosen = node.id === state.hovered || state.selected.includes(node.id);
  const isFocus = node.id === picture.focus;
  const isOnWay = state.way?.nodes.includes(node.id) ?? false;
  const wanted = isChosen || isFocus || isOnWay || hits.has(node.id) || (scene.light?.edges.size === 1 && scene.light.nodes.has(node.id));
  if (dim && !wanted) return null;
  const degree = links(picture).get(node.id)?.length ?? 0;
  const standing = (isChosen ? 60 : 0) + (isFocus ? 50 : 0) + (isOnWay ? 40 : 0) + (hits.has(node.id) ? 20 : 0);
  return {
    text: plain(node.label),
    serif: node.kind === "work",
    strong: isFocus || state.selected.includes(node.id),
    ink: dim ? palette.inkSoft : palette.ink,
    priority: standing + share(picture, node, state.size) * 6 + Math.log1p(degree) * 2 + (node.kind === "work" ? 0 : 1),
    wanted,
  };
}

function nodeLook(scene: Scene, node: PictureNode): NodeLook {
  const { state, picture, palette, light } = scene;
  const isChosen = node.id === state.hovered || state.selected.includes(node.id);
  const dim = light !== null && !light.nodes.has(node.id);
  const colour = colourOf(state, picture, node, palette);
  const fill = dim ? mixed(colour, palette.paper, 0.22) : colour;
  return {
    id: node.id,
    shape: shapeOf(picture, node, state.colour),
    radius: radiusOf(picture, node, state.size) + (node.id === state.hovered ? 1.5 : 0),
    fill,
    ring: ringOf(scene, node, fill),
    pinned: state.pinned.has(node.id),
    rank: isChosen ? 3 : node.id === picture.focus ? 2 : dim ? 0 : 1,
    label: labelOf(scene, node, dim),
  };
}

function edgeLook(scene: Scene, edge: PictureEdge): EdgeLook {
  const { palette, light, state } = scene;
  const isNamed = light?.edges.has(edge.key) ?? false;
  const isLit = isNamed || (light !== null && (light.centres.has(edge.source) || light.centres.has(edge.target)));
  const strong = edge.kind === "collaborated" ? Math.min(1.6, Math.log1p(edge.weight) * 0.45) : 0.2;
  const share = light !== null ? 0.07 : edge.kind === "collaborated" ? 0.3 : 0.19;
  return {
    key: edge.key,
    source: edge.source,
    target: edge.target,
    colour: isNamed ? palette.accent : isLit ? mixed(palette.ink, palette.paper, 0.62) : mixed(palette.ink, palette.paper, scene.ease * share),
    width: (isNamed ? 2.2 : isLit ? 1.1 : 0.7) + strong,
    arrow: edge.kind === "cites" && (isLit || state.colour === "citations"),
    rank: isLit ? 1 : 0,
  };
}

/** Everything visible, what lies on top last. */
export function lookOf(state: State, palette: Palette): Look {
  const { picture } = state;
  if (picture === null) return { nodes: [], edges: [] };
  const visible = visibleOf(state);
  const hits = new Set(found(state).slice(0, MOST_HITS).map((node) => node.id));
  const ease = Math.min(1, Math.max(0.45, (350 / Math.max(1, visible.edges.length)) ** 0.4));
  const scene: Scene = { state, picture, palette, light: lightOf(state, picture, hits), hits, ease };
  const nodes = [...picture.nodes.values()].filter((node) => visible.nodes.has(node.id)).map((node) => nodeLook(scene, node));
  const edges = visible.edges.map((edge) => edgeLook(scene, edge));
  const byRank = (a: { rank: number }, b: { rank: number }): number => a.rank - b.rank;
  return { nodes: nodes.sort(byRank), edges: edges.sort(byRank) };
}
