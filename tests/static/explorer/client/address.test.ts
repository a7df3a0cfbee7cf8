import { describe, expect, test } from "vitest";

import { readAddress, withSaved, writeAddress } from "../../../../static/explorer/client/address";
import { type Change, reduce } from "../../../../static/explorer/state/actions";
import { type State, startState } from "../../../../static/explorer/state/state";
import { around13, edge, expanded, loaded, node, slice } from "../example";

const changes: Change[] = [
  { type: "expand", node: "researcher:12", slice: { ...around13, nodes: [node("work:30")], truncated: {} }, kind: "work" },
  { type: "expand", node: "topic:77", slice: { ...around13, focus: "topic:77", nodes: [node("topic:77"), node("work:31")], truncated: {} } },
  { type: "toggleKind", kind: "topic" },
  { type: "hide", nodes: ["work:8", "work:9"] },
  { type: "filter", filters: { from: 2019, to: 2022, weight: 2, topic: "topic:3", institution: "institution:5" } },
  { type: "colour", colour: "level" },
  { type: "toggleBucket", bucket: "level:1" },
  { type: "size", size: "degree" },
  { type: "layout", layout: "year" },
  { type: "pin", node: "work:7", at: { x: 12.4, y: -80.6 } },
  { type: "connect", nodes: [node("researcher:12"), node("researcher:50"), node("researcher:13")], edges: [edge("researcher:12", "researcher:50", "collaborated")] },
  { type: "select", nodes: ["researcher:13", "work:7"] },
];

describe("an address", () => {
  const made = reduce(changes.reduce(reduce, expanded()), { type: "show", shown: "table" });
  const address = writeAddress(made);

  test("is short and readable", () => {
    expect(address).toBe(
      "?focus=researcher:12&v=1&expanded=researcher:13,12~work,topic:77&hidden=topic&without=work:8,9&off=level:1&years=2019-2022&weight=2&topic=3&institution=5" +
        "&colour=level&size=degree&layout=year&pins=work:7~12~-81&path=researcher:12~researcher:13&selected=researcher:13,work:7&view=table",
    );
  });

  test("opens again what it was written from", () => {
    expect(readAddress(address)).toEqual({
      focus: "researcher:12",
      expanded: ["researcher:13", "researcher:12~work", "topic:77"],
      path: ["researcher:12", "researcher:13"],
      isNewer: false,
      start: {
        selected: ["researcher:13", "work:7"],
        hiddenKinds: new Set(["topic"]),
        hiddenNodes: new Set(["work:8", "work:9"]),
        muted: new Set(["level:1"]),
        pinned: new Map([["work:7", { x: 12, y: -81 }]]),
        filters: { from: 2019, to: 2022, weight: 2, topic: "topic:3", institution: "institution:5" },
        colour: "level",
        size: "degree",
        layout: "year",
        shown: "table",
      },
    });
  });

  test("read and replayed gives the same address", () => {
    const { start, focus } = readAddress(address);
    const again = [changes[0]!, changes[1]!, changes[10]!].reduce(
      reduce,
      reduce(reduce(startState(focus!, start), { type: "load", slice }), { type: "expand", node: "researcher:13", slice: around13 }),
    );
    expect(writeAddress(again)).toBe(address);
  });

  test("of a plain picture is the focus alone", () => {
    expect(writeAddress(loaded())).toBe("?focus=researcher:12");
  });

  test("with one open end of the years", () => {
    const state = reduce(loaded(), { type: "filter", filters: { to: 2020 } });
    expect(writeAddress(state)).toContain("years=-2020");
    expect(readAddress(writeAddress(state)).start.filters).toMatchObject({ from: null, to: 2020 });
  });

  test("with kinds names what is shown", () => {
    expect(readAddress("?focus=researcher:1&kinds=researcher").start.hiddenKinds).toEqual(new Set(["work", "topic", "institution"]));
  });

  test("with several focuses begins with the first and adds the others", () => {
    expect(readAddress("?focus=researcher:1,2,work:3&expanded=work:9")).toMatchObject({ focus: "researcher:1", expanded: ["researcher:2", "work:3", "work:9"] });
  });

  test("of a later version keeps its start alone", () => {
    expect(readAddress("?focus=work:1&v=2&expanded=work:2&colour=level")).toEqual({ focus: "work:1", expanded: [], start: {}, path: null, isNewer: true });
  });

  test("says less than the defaults of an embedded picture", () => {
    expect(readAddress("?focus=work:1", { colour: "citations", layout: "year" }).start).toMatchObject({ colour: "citations", layout: "year" });
  });

  test.each(["?focus=planet:1", "?focus=work:0", "?focus=work:1%20OR%201", "?focus=work:99999999999999999999", "?focus=", ""])("%s has no focus", (query) => {
    expect(readAddress(query).focus).toBeNull();
  });

  test("leaves out what makes no sense", () => {
    const { start, expanded: steps, path } = readAddress(
      "?focus=work:1&expanded=work:2,,x,work:2&hidden=planet,work&selected=me&view=cube&years=20x-1&weight=-3&topic=x&pins=work:1~a~2,work:2~1e9~0&off=script&path=work:1~me&colour=hue",
    );
    expect([steps, path]).toEqual([["work:2"], null]);
    expect(start).toEqual({
      selected: [],
      hiddenKinds: new Set(["work"]),
      hiddenNodes: new Set(),
      muted: new Set(),
      pinned: new Map(),
      filters: { from: null, to: null, weight: 1, topic: null, institution: null },
      colour: "kind",
      size: "weight",
      layout: "force",
      shown: "picture",
    });
  });

  test("is bounded, however much is pinned, hidden and expanded", () => {
    const many = Array.from({ length: 1_000 }, (_, i) => node(`researcher:${900_000_000 + i}`));
    const ids = many.map((one) => one.id);
    const big: State = reduce(loaded(), { type: "expand", node: "researcher:13", slice: { ...around13, nodes: many } });
    const all = [...ids.map((id): Change => ({ type: "pin", node: id, at: { x: -1234, y: 5678 } })), { type: "hide", nodes: ids } as Change, { type: "select", nodes: ids } as Change];
    const long = writeAddress(all.reduce(reduce, big));
    expect(long.length).toBeLessThan(6_000);
    expect(readAddress(long).start.pinned?.size).toBe(60);
    expect(readAddress(`?focus=work:1&expanded=${ids.join()}`).expanded).toHaveLength(24);
  });
});

describe("the name of a saved view", () => {
  const address = "?focus=work:1&v=1&colour=level";

  test("stays while its focus stays", () => {
    expect(withSaved(address, "?focus=work:1&colour=year&saved=12")).toBe(`${address}&saved=12`);
    expect(withSaved(address, `${address}&saved=12`)).toBe(`${address}&saved=12`);
    expect(withSaved(address, "?focus=work:1,2&saved=12")).toBe(`${address}&saved=12`);
  });

  test.each(["", "?focus=work:1", "?focus=work:2&saved=12", "?focus=work:1&saved=12x", "?focus=work:1&saved="])("is not taken from %s", (before) => {
    expect(withSaved(address, before)).toBe(address);
  });
});
