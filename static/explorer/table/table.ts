/* The picture as rows: the same nodes and edges, in words. Pure. */

import type { PictureEdge, PictureNode } from "../state/picture";
import { KINDS } from "../client/slice";
import type { State } from "../state/state";
import { visibleOf } from "../state/visible";
import { meaningOf } from "../reducers/colour";
import { folded } from "../reducers/finding";
import { plain } from "../panels/words";

export interface NodeRow {
  readonly node: PictureNode;
  readonly label: string;
  /** What its colour says, in words. */
  readonly meaning: string | null;
  readonly relations: number;
}

export interface EdgeRow {
  readonly edge: PictureEdge;
  readonly source: string;
  readonly target: string;
}

export type NodeColumn = "label" | "kind" | "year" | "level" | "meaning" | "weight" | "relations";
export type EdgeColumn = "source" | "kind" | "target" | "weight" | "years";

export interface Order<Column extends string> {
  readonly by: Column;
  readonly down: boolean;
}

const COLLATOR = new Intl.Collator("en", { sensitivity: "base", numeric: true });

/** Stands behind all words. */
const LAST = "\uffff";

function compared(a: string | number, b: string | number): number {
  return typeof a === "number" && typeof b === "number" ? a - b : COLLATOR.compare(String(a), String(b));
}

function sorted<Row, Column extends string>(rows: Row[], order: Order<Column>, value: (row: Row, column: Column) => string | number, tie: (row: Row) => string): Row[] {
  const sign = order.down ? -1 : 1;
  return rows.sort((a, b) => sign * compared(value(a, order.by), value(b, order.by)) || COLLATOR.compare(tie(a), tie(b)));
}

function nodeValue(row: NodeRow, column: NodeColumn): string | number {
  switch (column) {
    case "label":
      return row.label;
    case "kind":
      return KINDS.indexOf(row.node.kind);
    case "year":
      return row.node.year ?? 0;
    case "level":
      return row.node.level ?? -1;
    case "meaning":
      return row.meaning ?? LAST;
    case "weight":
      return row.node.weight;
    case "relations":
      return row.relations;
  }
}

/** The columns that have something to say: years and levels where a record has one, what colours say where no other column says it. */
export function nodeColumns(state: State): NodeColumn[] {
  const { picture, colour } = state;
  const drawn = [...(picture?.nodes.values() ?? [])].filter((node) => visibleOf(state).nodes.has(node.id));
  const applies: Partial<Record<NodeColumn, boolean>> = {
    year: drawn.some((node) => node.year !== null),
    level: drawn.some((node) => node.level !== null),
    meaning: colour === "citations" || (colour === "community" && state.grouped === picture),
  };
  return (["label", "kind", "year", "level", "meaning", "weight", "relations"] as const).filter((column) => applies[column] ?? true);
}

/** Whether a row holds every word that is looked for. */
function holds(words: string, text: string): boolean {
  const all = folded(text);
  return folded(words).split(/\s+/).every((word) => all.includes(word));
}

/** One row for each node of the picture, or for those that hold `words`. */
export function nodeRows(state: State, order: Order<NodeColumn>, words = ""): NodeRow[] {
  const picture = state.picture;
  if (picture === null) return [];
  const visible = visibleOf(state);
  const relations = new Map<string, number>();
  for (const edge of visible.edges) for (const id of [edge.source, edge.target]) relations.set(id, (relations.get(id) ?? 0) + 1);
  const rows = [...picture.nodes.values()]
    .filter((node) => visible.nodes.has(node.id))
    .map((node) => ({ node, label: plain(node.label), meaning: meaningOf(state, picture, node), relations: relations.get(node.id) ?? 0 }))
    .filter((row) => holds(words, `${row.label} ${row.node.kind} ${row.node.year ?? ""} ${row.meaning ?? ""}`));
  return sorted(rows, order, nodeValue, (row) => row.label);
}

function edgeValue(row: EdgeRow, column: EdgeColumn): string | number {
  switch (column) {
    case "source":
      return row.source;
    case "kind":
      return row.edge.kind;
    case "target":
      return row.target;
    case "weight":
      return row.edge.weight;
    case "years":
      return row.edge.lastYear ?? 0;
  }
}

/** One row for each edge of the picture, or for those that hold `words`. */
export function edgeRows(state: State, order: Order<EdgeColumn>, words = ""): EdgeRow[] {
  const picture = state.picture;
  if (picture === null) return [];
  const name = (id: string): string => plain(picture.nodes.get(id)?.label ?? id);
  const rows = visibleOf(state)
    .edges.map((edge) => ({ edge, source: name(edge.source), target: name(edge.target) }))
    .filter((row) => holds(words, `${row.source} ${row.edge.kind} ${row.target} ${row.edge.works.map((work) => work.title).join(" ")}`));
  return sorted(rows, order, edgeValue, (row) => `${row.source} ${row.target}`);
}
