import { describe, expect, test } from "vitest";

import { lookOf } from "../../../../static/explorer/reducers/appearance";
import { reduce } from "../../../../static/explorer/state/actions";
import type { State } from "../../../../static/explorer/state/state";
import { edgeRows, nodeColumns, nodeRows } from "../../../../static/explorer/table/table";
import { expanded, loaded, node, palette, slice } from "../example";

const states: [string, State][] = [
  ["after loading", loaded()],
  ["after expanding", expanded()],
  ["with works hidden", reduce(expanded(), { type: "toggleKind", kind: "work" })],
  ["with works hidden and one selected", reduce(reduce(expanded(), { type: "toggleKind", kind: "work" }), { type: "select", nodes: ["work:7"] })],
];

test.each(states)("%s the table has exactly the nodes and edges of the picture", (_, state) => {
  const look = lookOf(state, palette);
  expect(nodeRows(state, { by: "label", down: false }).map((row) => row.node.id).sort()).toEqual(look.nodes.map((node) => node.id).sort());
  expect(edgeRows(state, { by: "source", down: false }).map((row) => row.edge.key).sort()).toEqual(look.edges.map((edge) => edge.key).sort());
});

describe("rows", () => {
  test("are sorted by any column, ties by name", () => {
    const state = loaded();
    expect(nodeRows(state, { by: "weight", down: true }).map((row) => row.node.weight)).toEqual([11, 9, 6, 4, 3, 0]);
    expect(nodeRows(state, { by: "label", down: false })[0]?.label).toBe("Liu Ziyin");
    expect(nodeRows(state, { by: "kind", down: false }).slice(0, 2).map((row) => row.label)).toEqual(["Liu Ziyin", "Takashi Mori"]);
    expect(edgeRows(state, { by: "weight", down: true })[0]?.edge.weight).toBe(3);
  });

  test("count the relations that are drawn", () => {
    const hidden = reduce(loaded(), { type: "toggleKind", kind: "work" });
    expect(nodeRows(hidden, { by: "relations", down: true }).map((row) => [row.node.id, row.relations])).toEqual([
      ["researcher:12", 2],
      ["researcher:13", 1],
      ["institution:5", 1],
      ["topic:3", 0],
    ]);
  });
});

describe("columns", () => {
  const community = reduce(loaded(), { type: "colour", colour: "community" });
  const groups = { of: new Map([["work:7", 1], ["topic:3", 0]]), names: ["1. Noise", "2. Minima"] }; // prettier-ignore
  const grouped = reduce(community, { type: "grouped", picture: community.picture!, groups });

  test("tell years and levels where a record has one", () => {
    expect(nodeColumns(loaded())).toEqual(["label", "kind", "year", "level", "weight", "relations"]);
    const topics = reduce(loaded(), { type: "load", slice: { ...slice, nodes: [node("topic:1"), node("topic:2")], edges: [] } });
    expect(nodeColumns(topics)).toEqual(["label", "kind", "weight", "relations"]);
    expect(nodeRows(loaded(), { by: "level", down: true })[0]?.node.kind).toBe("researcher");
  });

  test("tell communities once they are known, sorted by their number, those without one last", () => {
    expect(nodeColumns(community)).not.toContain("meaning");
    expect(nodeColumns(grouped)).toContain("meaning");
    expect(nodeRows(grouped, { by: "meaning", down: false }).slice(0, 3).map((row) => row.meaning)).toEqual(["1. Noise", "2. Minima", null]);
    expect(nodeRows(grouped, { by: "label", down: false }, "minima").map((row) => row.node.id)).toContain("work:7");
  });

  test("tell citing from cited works where colours do", () => {
    expect(nodeColumns(reduce(loaded(), { type: "colour", colour: "citations" }))).toContain("meaning");
  });
});
