/* What is taken away: exactly the nodes and edges of the picture, with their places and colours. Pure. */

import { type NodeLook, lookOf } from "../reducers/appearance";
import type { Palette } from "../scene/palette";
import type { Picture, PictureEdge, PictureNode } from "../state/picture";
import type { State } from "../state/state";
import { visibleOf } from "../state/visible";
import { plain } from "../panels/words";

export interface ExportNode {
  readonly id: string;
  readonly kind: string;
  readonly label: string;
  readonly weight: number;
  readonly year: number | null;
  readonly level: number | null;
  readonly community: string | null;
  readonly url: string;
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly colour: string;
}

export interface ExportEdge {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly kind: string;
  readonly directed: boolean;
  readonly weight: number;
  readonly firstYear: number | null;
  readonly lastYear: number | null;
  readonly works: string;
}

export interface Content {
  readonly title: string;
  readonly nodes: readonly ExportNode[];
  readonly edges: readonly ExportEdge[];
}

function exportNode(state: State, picture: Picture, node: PictureNode, look: NodeLook, origin: string): ExportNode {
  const at = state.places.get(node.id) ?? { x: 0, y: 0 };
  const group = state.grouped === picture ? state.groups?.of.get(node.id) : undefined;
  return {
    id: node.id,
    kind: node.kind,
    label: plain(node.label),
    weight: node.weight,
    year: node.year,
    level: node.level,
    community: group === undefined ? null : (state.groups?.names[group] ?? null),
    url: `${origin}${node.url}`,
    x: Math.round(at.x * 100) / 100,
    y: Math.round(-at.y * 100) / 100, // upwards, as Gephi and others draw
    size: Math.round(look.radius * 100) / 100,
    colour: look.fill,
  };
}

function exportEdge(edge: PictureEdge): ExportEdge {
  const { source, target, kind, weight, firstYear, lastYear } = edge;
  return { id: edge.key, source, target, kind, directed: kind !== "collaborated", weight, firstYear, lastYear, works: edge.works.map((work) => plain(work.title)).join("; ") };
}

/** The content of the picture; a selection or what is pointed at does not dim its colours. */
export function contentOf(state: State, palette: Palette, origin: string): Content {
  const { picture } = state;
  if (picture === null) return { title: "", nodes: [], edges: [] };
  const visible = visibleOf(state);
  // Without a selection less may be visible: what is missing then is looked up with it.
  const calm = { ...state, hovered: null, hoveredEdge: null, query: "" };
  const looks = new Map([calm, { ...calm, way: null, selected: [] }].flatMap((one) => lookOf(one, palette).nodes.map((look): [string, NodeLook] => [look.id, look])));
  const nodes = [...picture.nodes.values()].flatMap((node) => {
    const look = looks.get(node.id);
    return look && visible.nodes.has(node.id) ? [exportNode(state, picture, node, look, origin)] : [];
  });
  return { title: plain(picture.nodes.get(picture.focus)?.label ?? ""), nodes, edges: visible.edges.map(exportEdge) };
}
