import { describe, expect, test } from "vitest";

import { lookOf } from "../../../../static/explorer/reducers/appearance";
import { legendOf, meaningOf } from "../../../../static/explorer/reducers/colour";
import { reduce } from "../../../../static/explorer/state/actions";
import { type State, startState } from "../../../../static/explorer/state/state";
import { edge, loaded, node, palette } from "../example";

const fills = (state: State): Record<string, string> => Object.fromEntries(lookOf(state, palette).nodes.map((look) => [look.id, look.fill]));

describe("colours", () => {
  test("by level take the step of the level, and grey for what has none", () => {
    const state = reduce(loaded(), { type: "colour", colour: "level" });
    expect(fills(state)).toMatchObject({ "researcher:13": palette.levels[1], "topic:3": palette.line });
    expect(legendOf(state, palette)).toEqual([{ bucket: "level:1", name: "L1", colour: palette.levels[1], shape: null, count: 2, isOn: true }]);
  });

  test("by community wait for the communities, then follow them", () => {
    const asked = reduce(loaded(), { type: "colour", colour: "community" });
    expect(fills(asked)["work:7"]).toBe(palette.kinds.work);
    const groups = { of: new Map([["work:7", 1], ["topic:3", 0]]), names: ["One", "Other"] }; // prettier-ignore
    const state = reduce(asked, { type: "grouped", picture: asked.picture!, groups });
    expect(fills(state)).toMatchObject({ "work:7": palette.groups[1], "topic:3": palette.groups[0], "work:8": palette.line });
    expect(legendOf(state, palette).map((entry) => [entry.name, entry.count])).toEqual([["One", 1], ["Other", 1]]); // prettier-ignore
    const meanings = [...state.picture!.nodes.values()].map((one) => [one.id, meaningOf(state, state.picture!, one)]);
    expect(Object.fromEntries(meanings)).toMatchObject({ "work:7": "Other", "topic:3": "One", "work:8": null });
  });

  test("an entry that is off stays in the legend so that it can be switched on", () => {
    const off = reduce(reduce(loaded(), { type: "colour", colour: "level" }), { type: "toggleBucket", bucket: "level:1" });
    expect(legendOf(off, palette).map((entry) => entry.isOn)).toEqual([false]);
  });

  test("another colour forgets what was switched off in the legend before", () => {
    const off = reduce(reduce(loaded(), { type: "colour", colour: "level" }), { type: "toggleBucket", bucket: "level:1" });
    expect(reduce(off, { type: "colour", colour: "year" }).muted.size).toBe(0);
  });
});

describe("citations", () => {
  const works = ["work:1", "work:2", "work:3", "work:4"];
  const edges = [edge("work:2", "work:1", "cites"), edge("work:1", "work:3", "cites"), edge("work:4", "work:2", "cites")];
  const state = reduce(startState("work:1", { colour: "citations" }), {
    type: "load",
    slice: { focus: "work:1", nodes: works.map((id) => node(id)), edges, truncated: {}, names: new Map(), edgesLeftOut: 0, unread: 0 },
  });

  test("tell citing from cited works by colour, shape and the words of the legend", () => {
    const looks = new Map(lookOf(state, palette).nodes.map((look) => [look.id, [look.fill, look.shape]]));
    expect(works.map((id) => looks.get(id))).toEqual([
      [palette.inkSoft, "circle"],
      [palette.citing, "triangle"],
      [palette.cited, "square"],
      [palette.line, "square"],
    ]);
    expect(legendOf(state, palette).map((entry) => [entry.name, entry.shape, entry.count])).toEqual([
      ["This paper", "circle", 1],
      ["Cites it", "triangle", 1],
      ["Cited by it", "square", 1],
      ["A step further", "square", 1],
    ]);
  });

  test("have heads on every arrow", () => {
    expect(lookOf(state, palette).edges.map((look) => look.arrow)).toEqual([true, true, true]);
  });

  test("the second ring can be switched off", () => {
    const off = reduce(state, { type: "toggleBucket", bucket: "role:further" });
    expect(lookOf(off, palette).nodes.map((look) => look.id).sort()).toEqual(["work:1", "work:2", "work:3"]);
  });
});
