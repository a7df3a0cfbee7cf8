import { describe, expect, test } from "vitest";

import type { Slice } from "../../../../static/explorer/client/slice";
import { type Change, Store, reduce } from "../../../../static/explorer/state/actions";
import { type State, chosenOf, primary, startState } from "../../../../static/explorer/state/state";
import { NO_FILTERS } from "../../../../static/explorer/state/values";
import { isVisible } from "../../../../static/explorer/state/visible";
import { around13, edge, expanded, loaded, node, slice } from "../example";

const elsewhere: Slice = { ...around13, nodes: [node("researcher:13"), ...around13.nodes] };

/** One of every change that can be undone, on a state in which each does something. */
const changes: Change[] = [
  { type: "load", slice: elsewhere, step: true, places: new Map([["researcher:13", { x: 1, y: 2 }]]) },
  { type: "expand", node: "work:7", slice: { ...around13, focus: "work:7" } },
  { type: "expand", node: "researcher:13", slice: { ...around13, nodes: [node("work:77")] }, kind: "work" },
  { type: "collapse", node: "researcher:13" },
  { type: "connect", nodes: [node("researcher:12"), node("researcher:99")], edges: [edge("researcher:12", "researcher:99", "collaborated")] },
  { type: "select", nodes: ["work:7", "topic:3"] },
  { type: "hide", nodes: ["work:7"] },
  { type: "toggleKind", kind: "work" },
  { type: "toggleBucket", bucket: "year:0" },
  { type: "pin", node: "work:7", at: { x: 5, y: 6 } },
  { type: "filter", filters: { from: 2020 } },
  { type: "colour", colour: "year" },
  { type: "size", size: "degree" },
  { type: "layout", layout: "circle" },
];

describe("undo", () => {
  test.each(changes.map((change): [string, Change] => [change.type, change]))("takes back %s, and redo does it again", (_, change) => {
    const before = expanded();
    const after = reduce(before, change);
    expect(chosenOf(after)).not.toEqual(chosenOf(before));
    const undone = reduce(after, { type: "undo" });
    expect(chosenOf(undone)).toEqual(chosenOf(before));
    expect(chosenOf(reduce(undone, { type: "redo" }))).toEqual(chosenOf(after));
  });

  test("goes back step by step through all of them", () => {
    const states = changes.slice(1).reduce((all, change) => [...all, reduce(all.at(-1)!, change)], [expanded()]);
    let state = states.at(-1)!;
    for (const earlier of [...states].reverse().slice(1)) {
      state = reduce(state, { type: "undo" });
      expect(chosenOf(state)).toEqual(chosenOf(earlier));
    }
  });

  test("says what it takes back", () => {
    expect(expanded().past.map((step) => step.words)).toEqual(["an expansion"]);
  });

  test("with nothing to undo or redo is the same state", () => {
    const state = loaded();
    expect(reduce(state, { type: "undo" })).toBe(state);
    expect(reduce(state, { type: "redo" })).toBe(state);
  });

  test("a new change forgets what could be done again", () => {
    const undone = reduce(reduce(loaded(), { type: "colour", colour: "year" }), { type: "undo" });
    expect(reduce(undone, { type: "size", size: "degree" }).future).toEqual([]);
  });

  test("a slider drawn along is one step, and so is a walk", () => {
    const slid = [2019, 2020, 2021].reduce((state, from) => reduce(state, { type: "filter", filters: { from } }), loaded());
    expect(slid.past).toHaveLength(1);
    expect(reduce(slid, { type: "undo" }).filters).toEqual(NO_FILTERS);
    const walked = ["work:7", "topic:3"].reduce((state, id) => reduce(state, { type: "select", nodes: [id], walk: true }), loaded());
    expect(walked.past).toHaveLength(1);
  });

  test("keeps a bounded number of steps", () => {
    const many = Array.from({ length: 100 }, (_, i) => i).reduce((state, i) => reduce(state, { type: "select", nodes: [i % 2 ? "work:7" : "work:8"] }), loaded());
    expect(many.past).toHaveLength(60);
  });

  test("a change that changes nothing is no step", () => {
    const state = loaded();
    expect(reduce(state, { type: "colour", colour: "kind" })).toBe(state);
    expect(reduce(state, { type: "filter", filters: { from: null } })).toBe(state);
    expect(reduce(state, { type: "hide", nodes: ["researcher:12"] })).toBe(state); // the focus stays
    expect(reduce(state, { type: "collapse", node: "work:7" })).toBe(state);
  });
});

describe("kinds", () => {
  test("are hidden and shown again", () => {
    const hidden = reduce(loaded(), { type: "toggleKind", kind: "work" });
    expect(isVisible(hidden, "work:7")).toBe(false);
    expect(isVisible(hidden, "topic:3")).toBe(true);
    expect(isVisible(reduce(hidden, { type: "toggleKind", kind: "work" }), "work:7")).toBe(true);
  });

  test("never hide the focus or the selection", () => {
    const hidden = reduce(loaded(), { type: "toggleKind", kind: "researcher" });
    expect(isVisible(hidden, "researcher:12")).toBe(true);
    expect(isVisible(hidden, "researcher:13")).toBe(false);
    expect(isVisible(reduce(hidden, { type: "select", nodes: ["researcher:13"] }), "researcher:13")).toBe(true);
  });
});

describe("selection", () => {
  test("the last one selected is the one told about", () => {
    expect(primary(reduce(loaded(), { type: "select", nodes: ["work:7", "topic:3"] }))).toBe("topic:3");
  });

  test("hiding what is selected selects it no more", () => {
    const state = reduce(reduce(loaded(), { type: "select", nodes: ["work:7", "topic:3"] }), { type: "hide", nodes: ["topic:3"] });
    expect(state.selected).toEqual(["work:7"]);
    expect(isVisible(state, "topic:3")).toBe(false);
    expect(isVisible(reduce(state, { type: "unhide" }), "topic:3")).toBe(true);
  });

  test("what a collapse takes is selected no more", () => {
    const chosen = reduce(expanded(), { type: "select", nodes: ["work:9", "work:7"] });
    expect(reduce(chosen, { type: "collapse", node: "researcher:13" }).selected).toEqual(["work:7"]);
  });
});

describe("progress", () => {
  test("a failure keeps what is drawn and says which question failed", () => {
    const failed = reduce(loaded(), { type: "fail", node: "work:7", reason: "You are offline." });
    expect(failed.picture?.nodes.size).toBe(6);
    expect(failed.progress).toEqual({ is: "failed", node: "work:7", reason: "You are offline.", again: true });
    expect(reduce(failed, { type: "rest" }).progress).toEqual({ is: "idle" });
  });

  test("an answer ends the waiting", () => {
    const asked = reduce(loaded(), { type: "ask", node: "researcher:13" });
    expect(reduce(asked, { type: "expand", node: "researcher:13", slice: around13 }).progress).toEqual({ is: "idle" });
  });

  test("undo leaves a question that is still open alone", () => {
    const asked = reduce(expanded(), { type: "ask", node: "work:7" });
    expect(reduce(asked, { type: "undo" }).progress).toEqual({ is: "loading", node: "work:7" });
  });
});

test("another focus starts without pins, hidden nodes and selection but keeps filters and colours", () => {
  const made = changes.slice(5, 13).reduce(reduce, expanded());
  const moved = reduce(made, changes[0]!);
  expect([moved.focus, moved.selected, [...moved.hiddenNodes], [...moved.pinned], moved.way]).toEqual(["researcher:13", [], [], [], null]);
  expect([moved.filters.from, moved.size, [...moved.hiddenKinds]]).toEqual([2020, "degree", ["work"]]);
});

test("a store tells its listeners only of changes", () => {
  const store = new Store(startState("work:1"));
  const heard: [State, State][] = [];
  store.listen((state, before) => heard.push([state, before]));
  store.dispatch({ type: "select", nodes: [] });
  store.dispatch({ type: "select", nodes: ["work:1"] });
  expect(heard.map(([state, before]) => [state.selected, before.selected])).toEqual([[["work:1"], []]]);
});

test("loading starts a past of its own", () => {
  expect(reduce(expanded(), { type: "load", slice }).past).toEqual([]);
});
