/* Which nodes and edges are drawn, listed and exported: one answer for all three. Pure. */

import type { Kind } from "../client/slice";
import { bucketOf, isYear } from "./buckets";
import { type Picture, type PictureEdge, type PictureNode, linksOf } from "./picture";
import type { State } from "./state";
import { type Filters, isFiltering } from "./values";

export interface Visible {
  readonly nodes: ReadonlySet<string>;
  readonly edges: readonly PictureEdge[];
}

const NOTHING: Visible = { nodes: new Set(), edges: [] };

/** Which way a filter by topic or institution spreads: from works to their people and from people to their works, no further. */
const SPREADS: Readonly<Record<"topic" | "institution", readonly (readonly [Kind, Kind])[]>> = {
  topic: [["work", "researcher"], ["researcher", "institution"]],
  institution: [["researcher", "work"], ["work", "topic"]],
}; // prettier-ignore

/** What belongs to a topic or an institution: what says so itself, its neighbours, and what stands directly behind them. */
function belonging(picture: Picture, centre: string, kind: "topic" | "institution"): ReadonlySet<string> {
  const own = [...picture.nodes.values()].filter((node) => node[`${kind}s`].includes(centre)).map((node) => node.id);
  const kept = new Set([centre, ...own, ...linksOf(picture, centre).map((link) => link.other)]);
  for (const [from, to] of SPREADS[kind]) {
    for (const id of [...kept]) {
      if (picture.nodes.get(id)?.kind !== from) continue;
      for (const link of linksOf(picture, id)) if (picture.nodes.get(link.other)?.kind === to) kept.add(link.other);
    }
  }
  return kept;
}

/** The topics or institutions that something drawn belongs to, by name, the largest first. */
export function belongings(picture: Picture, kind: "topic" | "institution"): readonly { readonly id: string; readonly name: string; readonly count: number }[] {
  const counts = new Map<string, number>();
  for (const node of picture.nodes.values()) {
    if (node.kind === kind) counts.set(node.id, (counts.get(node.id) ?? 0) + linksOf(picture, node.id).length);
    for (const id of node[`${kind}s`]) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  const named = [...counts].flatMap(([id, count]) => {
    const name = picture.nodes.get(id)?.label ?? picture.names.get(id);
    return name === undefined || count === 0 ? [] : [{ id, name, count }];
  });
  return named.sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
}

function edgePasses(edge: PictureEdge, filters: Filters): boolean {
  if (edge.kind === "collaborated" && edge.weight < filters.weight) return false;
  if (isYear(edge.lastYear) && filters.from !== null && edge.lastYear < filters.from) return false;
  return !(isYear(edge.firstYear) && filters.to !== null && edge.firstYear > filters.to);
}

function yearPasses(node: PictureNode, filters: Filters): boolean {
  if (node.kind !== "work" || (filters.from === null && filters.to === null)) return true;
  return isYear(node.year) && node.year >= (filters.from ?? -Infinity) && node.year <= (filters.to ?? Infinity);
}

/** What the filters leave, before those go that are left without any relation. */
function filtered(state: State, picture: Picture, isKept: (id: string) => boolean): Set<string> {
  const { filters } = state;
  const [topic, institution] = [filters.topic, filters.institution];
  const ofTopic = topic !== null ? belonging(picture, topic, "topic") : null;
  const ofInstitution = institution !== null ? belonging(picture, institution, "institution") : null;
  const nodes = new Set<string>();
  for (const node of picture.nodes.values()) {
    const bucket = bucketOf(state, picture, node);
    const passes =
      !state.hiddenKinds.has(node.kind) &&
      !(bucket !== null && state.muted.has(bucket)) &&
      yearPasses(node, filters) &&
      (ofTopic?.has(node.id) ?? true) &&
      (ofInstitution?.has(node.id) ?? true);
    if (isKept(node.id) || (passes && !state.hiddenNodes.has(node.id))) nodes.add(node.id);
  }
  return nodes;
}

/** Those go that had relations of a filtered sort and have none left: nothing ties them to what is shown. */
function pruned(picture: Picture, nodes: Set<string>, filters: Filters, isKept: (id: string) => boolean): void {
  const passing = (id: string): boolean => linksOf(picture, id).some((link) => nodes.has(link.other) && edgePasses(link.edge, filters));
  const tooWeak = (id: string): boolean => {
    const together = linksOf(picture, id).filter((link) => link.edge.kind === "collaborated");
    return together.length > 0 && together.every((link) => !edgePasses(link.edge, filters));
  };
  for (const id of [...nodes]) {
    if (isKept(id)) continue;
    const isWeak = picture.nodes.get(id)?.kind === "researcher" && (filters.weight > 1 || filters.from !== null || filters.to !== null) && tooWeak(id);
    if (isWeak) nodes.delete(id);
  }
  for (const id of [...nodes]) if (!isKept(id) && !passing(id)) nodes.delete(id);
}

function worked(state: State, picture: Picture): Visible {
  const chosen = new Set(state.selected);
  const isKept = (id: string): boolean => id === picture.focus || chosen.has(id) || (state.way?.nodes.includes(id) ?? false);
  const nodes = filtered(state, picture, isKept);
  if (isFiltering(state.filters)) pruned(picture, nodes, state.filters, isKept);
  const way = new Set(state.way?.edges);
  const edges = [...picture.edges.values()].filter((edge) => nodes.has(edge.source) && nodes.has(edge.target) && (way.has(edge.key) || edgePasses(edge, state.filters)));
  return { nodes, edges };
}

function isSame(one: Visible, other: Visible): boolean {
  if (one.nodes.size !== other.nodes.size || one.edges.length !== other.edges.length) return false;
  return [...one.nodes].every((id) => other.nodes.has(id)) && one.edges.every((edge, place) => edge === other.edges[place]);
}

const DEPENDS = ["picture", "selected", "hiddenKinds", "hiddenNodes", "muted", "filters", "colour", "way", "grouped"] as const;

type Basis = Pick<State, (typeof DEPENDS)[number]>;

/** The last answer and what it rests on, without the history behind it; kept by its picture, so that it goes with it. */
let latest = new WeakMap<Picture, { readonly basis: Basis; readonly visible: Visible }>();

function basisOf({ picture, selected, hiddenKinds, hiddenNodes, muted, filters, colour, way, grouped }: State): Basis {
  return { picture, selected, hiddenKinds, hiddenNodes, muted, filters, colour, way, grouped };
}

/** The nodes and edges of the picture as filtered. The focus, the selection and a path are always among them. */
export function visibleOf(state: State): Visible {
  if (state.picture === null) return NOTHING;
  const before = latest.get(state.picture);
  if (before && DEPENDS.every((name) => before.basis[name] === state[name])) return before.visible;
  const now = worked(state, state.picture);
  // Most selections change nothing: the same object tells tables that they need not be drawn again.
  const visible = before && isSame(before.visible, now) ? before.visible : now;
  if (!before) latest = new WeakMap(); // pictures of the past are kept, what follows from them is worked out again
  latest.set(state.picture, { basis: basisOf(state), visible });
  return visible;
}

export function isVisible(state: State, id: string): boolean {
  return visibleOf(state).nodes.has(id);
}
