import { describe, expect, test } from "vitest";

import { type State, Store, isVisible, reduce, startState } from "../../../../static/explorer/state/state";
import { expanded, loaded, slice } from "../example";

describe("undo", () => {
  test("brings back the picture before an expansion", () => {
    const before = loaded();
    const undone = reduce(expanded(), { type: "undo" });
    expect(undone.picture?.nodes).toEqual(before.picture?.nodes);
    expect(undone.past).toEqual([]);
  });

  test("brings back what a collapse took", () => {
    const undone = reduce(reduce(expanded(), { type: "collapse", node: "researcher:13" }), { type: "undo" });
    expect(undone.picture?.nodes.has("work:9")).toBe(true);
    expect(undone.picture?.expanded).toEqual(["researcher:13"]);
  });

  test("with nothing to undo is the same state", () => {
    const state = loaded();
    expect(reduce(state, { type: "undo" })).toBe(state);
  });

  test("forgets a selection that is gone, and a pin", () => {
    const chosen = reduce(reduce(expanded(), { type: "select", node: "work:9" }), { type: "pin", node: "work:9" });
    const undone = reduce(chosen, { type: "undo" });
    expect(undone.selected).toBeNull();
    expect([...undone.pinned]).toEqual([]);
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
    expect(isVisible(reduce(hidden, { type: "select", node: "researcher:13" }), "researcher:13")).toBe(true);
  });
});

describe("progress", () => {
  test("a failure keeps what is drawn and says which question failed", () => {
    const failed = reduce(loaded(), { type: "fail", node: "work:7", reason: "You are offline." });
    expect(failed.picture?.nodes.size).toBe(6);
    expect(failed.progress).toEqual({ is: "failed", node: "work:7", reason: "You are offline." });
  });

  test("an expansion that arrives after its node has gone changes nothing", () => {
    const state = loaded();
    const late = reduce(state, { type: "expand", node: "work:404", slice });
    expect(late.picture).toBe(state.picture);
    expect(late.progress).toEqual({ is: "idle" });
  });
});

test("a store tells its listeners only of changes", () => {
  const store = new Store(startState("work:1"));
  const heard: [State, State][] = [];
  store.listen((state, before) => heard.push([state, before]));
  store.dispatch({ type: "select", node: null });
  store.dispatch({ type: "select", node: "work:1" });
  expect(heard.map(([state, before]) => [state.selected, before.selected])).toEqual([["work:1", null]]);
});
