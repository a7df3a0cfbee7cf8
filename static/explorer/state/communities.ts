/* Who belongs together: Louvain's method (Blondel et al. 2008) over the picture without its centre. Loaded when first asked for. */

import Graph from "graphology";
import louvain from "graphology-communities-louvain";

import { plain } from "../panels/words";
import { type Picture, linksOf } from "./picture";
import type { Groups } from "./values";

const MOST_GROUPS = 8; // as many as colours can be told apart; the small ones share the last

/** Numbers that look random and are the same every time (mulberry32): the same picture has the same groups. */
export function repeatable(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function graphOf(picture: Picture): Graph {
  const graph = new Graph({ type: "undirected", multi: false });
  // In the order of their names: the answer must not depend on the order of expansion.
  for (const id of [...picture.nodes.keys()].sort()) if (id !== picture.focus) graph.addNode(id);
  for (const edge of [...picture.edges.values()].sort((a, b) => (a.key < b.key ? -1 : 1))) {
    if (!graph.hasNode(edge.source) || !graph.hasNode(edge.target)) continue;
    const weight = edge.kind === "collaborated" ? 1 + Math.log1p(edge.weight) : 1;
    graph.updateEdge(edge.source, edge.target, (attributes) => ({ weight: ((attributes.weight as number | undefined) ?? 0) + weight }));
  }
  return graph;
}

/** The members of each group, the largest first; single nodes and the smallest groups come together last. */
function ordered(of: Readonly<Record<string, number>>): string[][] {
  const groups = new Map<number, string[]>();
  for (const [id, group] of Object.entries(of)) groups.set(group, [...(groups.get(group) ?? []), id]);
  const bySize = [...groups.values()].map((ids) => ids.sort()).sort((a, b) => b.length - a.length || ((a[0] ?? "") < (b[0] ?? "") ? -1 : 1));
  const real = bySize.filter((ids) => ids.length > 1);
  const shown = real.slice(0, real.length > MOST_GROUPS ? MOST_GROUPS - 1 : MOST_GROUPS);
  const rest = bySize.filter((ids) => !shown.includes(ids)).flat();
  return rest.length > 0 ? [...shown, rest] : shown;
}

function ties(picture: Picture, members: readonly string[], kind: string): Map<string, number> {
  const counts = new Map<string, number>();
  const inside = new Set(members);
  for (const id of members) {
    if (kind === "topic") for (const topic of picture.nodes.get(id)?.topics ?? []) counts.set(topic, (counts.get(topic) ?? 0) + 1);
    if (picture.nodes.get(id)?.kind === kind) counts.set(id, (counts.get(id) ?? 0) + 0.5);
    for (const { other } of linksOf(picture, id)) {
      if (picture.nodes.get(other)?.kind === kind && (inside.has(other) || kind === "topic")) counts.set(other, (counts.get(other) ?? 0) + 1);
    }
  }
  return counts;
}

/** How much of the whole picture a topic has. */
function spread(picture: Picture, topic: string): number {
  return linksOf(picture, topic).length + [...picture.nodes.values()].filter((node) => node.topics.includes(topic)).length;
}

/** The topics that mark a group off from the picture as a whole; without topics its best tied researcher. */
function nameOf(picture: Picture, members: readonly string[]): string {
  const topics = [...ties(picture, members, "topic")].map(([id, count]) => ({ id, worth: (count * count) / (1 + spread(picture, id)) }));
  const people = [...ties(picture, members, "researcher")].map(([id, count]) => ({ id, worth: count }));
  const pick = (found: { id: string; worth: number }[], most: number): string[] =>
    found
      .sort((a, b) => b.worth - a.worth || (a.id < b.id ? -1 : 1))
      .slice(0, most)
      .map(({ id }) => plain(picture.nodes.get(id)?.label ?? picture.names.get(id) ?? ""))
      .filter((name) => name !== "");
  const named = pick(topics, 2);
  if (named.length > 0) return named.join(" · ");
  const [person] = pick(people, 1);
  return person ? `Around ${person}` : plain(picture.nodes.get(members[0] ?? "")?.label ?? "");
}

export function groupsOf(picture: Picture): Groups {
  const graph = graphOf(picture);
  const found = graph.size > 0 ? louvain(graph, { getEdgeWeight: "weight", rng: repeatable(7) }) : Object.fromEntries(graph.nodes().map((id, index) => [id, index]));
  const groups = ordered(found);
  const hasRest = new Set((groups.at(-1) ?? []).map((id) => found[id])).size > 1;
  const names = groups.map((members, index) => (hasRest && index === groups.length - 1 ? "Others" : nameOf(picture, members)));
  // The number is a second sign beside the colour, and tells groups apart that are named alike.
  return { of: new Map(groups.flatMap((members, group) => members.map((id): [string, number] => [id, group]))), names: names.map((name, index) => `${index + 1}. ${name}`) };
}
