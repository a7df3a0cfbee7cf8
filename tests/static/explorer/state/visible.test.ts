import { describe, expect, test } from "vitest";

import { reduce } from "../../../../static/explorer/state/actions";
import type { State } from "../../../../static/explorer/state/state";
import { startState } from "../../../../static/explorer/state/state";
import type { Filters } from "../../../../static/explorer/state/values";
import { belongings, visibleOf } from "../../../../static/explorer/state/visible";
import { edge, expanded, loaded, node } from "../example";

/** A person with three co-authors, their works in three years, a topic and an institution. */
const scene: State = reduce(startState("researcher:1"), {
  type: "load",
  slice: {
    focus: "researcher:1",
    nodes: [
      node("researcher:1"),
      node("researcher:2"),
      node("researcher:3"),
      node("researcher:4"),
      node("work:1", { year: 2018, topics: ["topic:1"] }),
      node("work:2", { year: 2020, topics: ["topic:9"] }),
      node("work:3", { year: null }),
      node("topic:1"),
      node("institution:1"),
    ],
    edges: [
      { ...edge("researcher:1", "researcher:2", "collaborated", 3), firstYear: 2018, lastYear: 2020 },
      { ...edge("researcher:1", "researcher:3", "collaborated", 1), firstYear: 2018, lastYear: 2018 },
      edge("researcher:1", "work:1", "authored"),
      edge("researcher:2", "work:1", "authored"),
      edge("researcher:3", "work:1", "authored"),
      edge("researcher:1", "work:2", "authored"),
      edge("researcher:2", "work:2", "authored"),
      edge("researcher:1", "work:3", "authored"),
      edge("work:1", "topic:1", "about"),
      edge("researcher:2", "institution:1", "affiliated"),
    ],
    truncated: {},
    names: new Map([["topic:9", "Drawn nowhere"]]),
    edgesLeftOut: 0,
    unread: 0,
  },
});

function left(filters: Partial<Filters>): string[] {
  return [...visibleOf(reduce(scene, { type: "filter", filters })).nodes].sort();
}

describe("filters", () => {
  test("by years keep works of these years, relations that lasted then, and what is tied to them", () => {
    expect(left({ from: 2019 })).toEqual(["institution:1", "researcher:1", "researcher:2", "work:2"]);
    expect(left({ to: 2019 })).toEqual(["institution:1", "researcher:1", "researcher:2", "researcher:3", "topic:1", "work:1"]);
  });

  test("by strength leave out weak collaborators and not their works", () => {
    expect(left({ weight: 2 })).toEqual(["institution:1", "researcher:1", "researcher:2", "topic:1", "work:1", "work:2", "work:3"]);
  });

  test("by topic keep its works and their people", () => {
    expect(left({ topic: "topic:1" })).toEqual(["institution:1", "researcher:1", "researcher:2", "researcher:3", "topic:1", "work:1"]);
  });

  test("by a topic that is not drawn itself", () => {
    expect(left({ topic: "topic:9" })).toEqual(["institution:1", "researcher:1", "researcher:2", "work:2"]);
  });

  test("by institution keep its people and their works", () => {
    expect(left({ institution: "institution:1" })).toEqual(["institution:1", "researcher:1", "researcher:2", "topic:1", "work:1", "work:2"]);
  });

  test("a record without any relation stays unless something filters", () => {
    expect(left({})).toContain("researcher:4");
  });

  test("edges of the filtered years only", () => {
    const edges = visibleOf(reduce(scene, { type: "filter", filters: { from: 2019 } })).edges.map((one) => one.key);
    expect(edges).toContain("researcher:1 collaborated researcher:2");
    expect(edges).not.toContain("researcher:1 collaborated researcher:3");
  });

  test("never take the focus, the selection or a path", () => {
    const selected = reduce(scene, { type: "select", nodes: ["researcher:3"] });
    const nodes = visibleOf(reduce(selected, { type: "filter", filters: { from: 2100 } })).nodes;
    expect([...nodes].sort()).toEqual(["researcher:1", "researcher:3"]);
    const way = reduce(scene, { type: "connect", nodes: [node("researcher:1"), node("researcher:3")], edges: [edge("researcher:1", "researcher:3", "collaborated")] });
    const seen = visibleOf(reduce(way, { type: "filter", filters: { from: 2100 } }));
    expect([[...seen.nodes].sort(), seen.edges.map((one) => one.key)]).toEqual([["researcher:1", "researcher:3"], ["researcher:1 collaborated researcher:3"]]);
  });
});

test("a legend's entry that is off hides its nodes", () => {
  const coloured = reduce(loaded(), { type: "colour", colour: "level" });
  expect([...visibleOf(reduce(coloured, { type: "toggleBucket", bucket: "level:1" })).nodes]).not.toContain("researcher:13");
});

test("the same nodes and edges are the same answer, so that tables stay as they are", () => {
  const state = expanded();
  const before = visibleOf(state);
  expect(visibleOf(reduce(state, { type: "select", nodes: ["work:7"] }))).toBe(before);
  expect(visibleOf(reduce(state, { type: "hide", nodes: ["work:7"] }))).not.toBe(before);
});

test("topics on offer are those something drawn is about, with names, the commonest first", () => {
  expect(belongings(scene.picture!, "topic")).toEqual([
    { id: "topic:1", name: "Label of topic:1", count: 2 },
    { id: "topic:9", name: "Drawn nowhere", count: 1 },
  ]);
});
