import { describe, expect, test } from "vitest";

import { broughtBy, collapsed, edgeKey, grown, linksOf } from "../../../../static/explorer/state/picture";
import { around13, edge, node, picture } from "../example";

const after = grown(picture, "researcher:13", around13);

describe("growing", () => {
  test("adds only what is new and remembers where it came from", () => {
    const added = [...after.nodes.values()].filter((one) => !picture.nodes.has(one.id));
    expect(added.map((one) => [one.id, one.parent])).toEqual([
      ["work:9", "researcher:13"],
      ["researcher:14", "researcher:13"],
    ]);
    expect(after.nodes.get("work:7")).toBe(picture.nodes.get("work:7"));
    expect(after.expanded).toEqual(["researcher:13"]);
    expect(after.leftOut.get("researcher:13")).toEqual(around13.truncated);
  });

  test("leaves out edges to nodes that are not drawn", () => {
    expect([...after.edges.keys()].filter((key) => key.includes("404"))).toEqual([]);
    expect(after.edges.size).toBe(picture.edges.size + 2);
  });

  test("twice with the same slice changes nothing more", () => {
    const again = grown(after, "researcher:13", around13);
    expect([...again.nodes.keys()]).toEqual([...after.nodes.keys()]);
    expect([...again.edges.keys()]).toEqual([...after.edges.keys()]);
    expect(again.expanded).toEqual(["researcher:13"]);
  });

  test("leaves the picture before untouched", () => {
    expect(picture.nodes.size).toBe(6);
    expect(picture.expanded).toEqual([]);
  });
});

describe("collapsing", () => {
  const further = grown(after, "researcher:14", { focus: "researcher:14", nodes: [node("work:20")], edges: [edge("researcher:14", "work:20", "authored")], truncated: {}, names: new Map(), edgesLeftOut: 0, unread: 0 });

  test("takes away what the expansion brought, and what came from that", () => {
    expect([...broughtBy(further, "researcher:13")].sort()).toEqual(["researcher:14", "work:20", "work:9"]);
    const less = collapsed(further, "researcher:13");
    expect([...less.nodes.keys()]).toEqual([...picture.nodes.keys()]);
    expect([...less.edges.keys()]).toEqual([...picture.edges.keys()]);
    expect(less.expanded).toEqual([]);
    expect([...less.leftOut.keys()]).toEqual(["researcher:12"]);
  });

  test("of the later expansion keeps the earlier one", () => {
    const less = collapsed(further, "researcher:14");
    expect([...less.nodes.keys()]).toEqual([...after.nodes.keys()]);
    expect(less.expanded).toEqual(["researcher:13"]);
  });
});

test("a collaboration is the same edge from both sides, a citation is not", () => {
  expect(edgeKey(edge("researcher:2", "researcher:1", "collaborated"))).toBe(edgeKey(edge("researcher:1", "researcher:2", "collaborated")));
  expect(edgeKey(edge("work:2", "work:1", "cites"))).not.toBe(edgeKey(edge("work:1", "work:2", "cites")));
});

test("links are told from both ends", () => {
  expect(linksOf(picture, "work:7").map((link) => link.other).sort()).toEqual(["researcher:12", "researcher:13", "topic:3", "work:8"]);
  expect(linksOf(picture, "work:404")).toEqual([]);
});
