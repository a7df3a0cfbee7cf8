import { describe, expect, test } from "vitest";

import { lookOf } from "../../../../static/explorer/reducers/appearance";
import { found } from "../../../../static/explorer/reducers/finding";
import { outline } from "../../../../static/explorer/reducers/shapes";
import { radiusOf } from "../../../../static/explorer/reducers/size";
import { reduce } from "../../../../static/explorer/state/actions";
import { loaded, palette, picture } from "../example";

describe("the look", () => {
  test("tells kinds apart by shape and colour", () => {
    const looks = lookOf(loaded(), palette).nodes;
    expect(Object.fromEntries(looks.map((look) => [look.id, [look.shape, look.fill]]))).toEqual({
      "researcher:12": ["circle", "#0000ff"],
      "researcher:13": ["circle", "#0000ff"],
      "work:7": ["square", "#ff0000"],
      "work:8": ["square", "#ff0000"],
      "topic:3": ["triangle", "#00ff00"],
      "institution:5": ["diamond", "#ff00ff"],
    });
  });

  test("dims what does not touch the node under the pointer", () => {
    const looks = lookOf(reduce(loaded(), { type: "hover", node: "topic:3" }), palette);
    const lit = looks.nodes.filter((look) => look.label !== null).map((look) => look.id);
    expect(lit.sort()).toEqual(["researcher:12", "topic:3", "work:7"]); // the focus keeps its label
    expect(looks.nodes.find((look) => look.id === "work:8")?.fill).not.toBe("#ff0000");
    expect(looks.edges.filter((edge) => edge.rank === 1).map((edge) => edge.key)).toEqual(["work:7 about topic:3"]);
  });

  test("puts what matters on top", () => {
    const looks = lookOf(reduce(loaded(), { type: "select", nodes: ["topic:3"] }), palette).nodes;
    expect(looks.at(-1)?.id).toBe("topic:3");
    expect(looks.at(-1)?.ring).toBe(palette.ink);
  });

  test("draws a head only on citations of the chosen work", () => {
    const heads = (id: string): string[] =>
      lookOf(reduce(loaded(), { type: "select", nodes: [id] }), palette)
        .edges.filter((edge) => edge.arrow)
        .map((edge) => edge.key);
    expect(heads("work:8")).toEqual(["work:7 cites work:8"]);
    expect(heads("topic:3")).toEqual([]);
  });

  test("makes heavier nodes of a kind larger and the focus largest", () => {
    const radius = (id: string): number => radiusOf(picture, picture.nodes.get(id)!);
    expect(radius("work:7")).toBeGreaterThan(radius("work:8"));
    expect(radius("researcher:12")).toBe(Math.max(...[...picture.nodes.keys()].map(radius)));
  });
});

describe("finding", () => {
  const hits = (query: string): string[] => found(reduce(loaded(), { type: "search", query })).map((node) => node.id);

  test.each([
    ["mori", ["researcher:13"]],
    ["MÓRI taka", ["researcher:13"]],
    ["sgd", ["work:7", "work:8"]],
    ["  ", []],
    ["nobody", []],
  ])("%s", (query, ids) => {
    expect(hits(query)).toEqual(ids);
  });

  test("leaves out what is hidden", () => {
    const state = reduce(reduce(loaded(), { type: "search", query: "sgd" }), { type: "toggleKind", kind: "work" });
    expect(found(state)).toEqual([]);
  });
});

test("all shapes have the area of the circle", () => {
  for (const shape of ["square", "diamond", "triangle"] as const) {
    const points = outline(shape, 10);
    const area = Math.abs(points.reduce((sum, point, i) => sum + point.x * points[(i + 1) % points.length]!.y - points[(i + 1) % points.length]!.x * point.y, 0)) / 2;
    expect(area / (Math.PI * 100)).toBeCloseTo(1, 1);
  }
});
