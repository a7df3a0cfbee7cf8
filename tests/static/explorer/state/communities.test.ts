import { describe, expect, test } from "vitest";

import type { Slice } from "../../../../static/explorer/client/slice";
import { groupsOf, repeatable } from "../../../../static/explorer/state/communities";
import { firstPicture } from "../../../../static/explorer/state/picture";
import { edge, node } from "../example";

const ids = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, i) => `researcher:${from + i}`);

/** Two circles of people who know each other, joined by the focus alone; each has its topic, and there is a loner. */
function twoCircles(turned: boolean): Slice {
  const circles = [ids(10, 14), ids(20, 23)];
  const within = circles.flatMap((circle) => circle.flatMap((a, i) => circle.slice(i + 1).map((b) => edge(a, b, "collaborated", 2))));
  const about = circles.flatMap((circle, i) => circle.map((person) => edge(person, `topic:${i + 1}`, "about")));
  const toFocus = circles.flat().map((person) => edge("researcher:1", person, "collaborated"));
  const nodes = [node("researcher:1"), ...circles.flat().map((id) => node(id)), node("topic:1", { label: "Quiet Graphs" }), node("topic:2", { label: "Loud $n$-Bodies" }), node("work:5")];
  const edges = [...within, ...about, ...toFocus];
  return { focus: "researcher:1", nodes: turned ? [...nodes].reverse() : nodes, edges: turned ? [...edges].reverse() : edges, truncated: {}, names: new Map(), edgesLeftOut: 0, unread: 0 };
}

describe("communities", () => {
  const groups = groupsOf(firstPicture(twoCircles(false)));

  test("are found without the focus, which knows everybody, the largest first", () => {
    expect(ids(10, 14).map((id) => groups.of.get(id))).toEqual([0, 0, 0, 0, 0]);
    expect(ids(20, 23).map((id) => groups.of.get(id))).toEqual([1, 1, 1, 1]);
    expect(groups.of.has("researcher:1")).toBe(false);
  });

  test("are named by their topics", () => {
    expect(groups.names.slice(0, 2)).toEqual(["1. Quiet Graphs", "2. Loud n-Bodies"]);
  });

  test("do not depend on the order in which records came", () => {
    const turned = groupsOf(firstPicture(twoCircles(true)));
    expect([[...turned.of].sort(), turned.names]).toEqual([[...groups.of].sort(), groups.names]);
  });

  test("of a picture without relations are one", () => {
    const alone = { ...twoCircles(false), edges: [] };
    expect(new Set(groupsOf(firstPicture(alone)).of.values())).toEqual(new Set([0]));
    expect(groupsOf(firstPicture(alone)).names).toEqual(["1. Others"]);
  });
});

test("chance is the same every time and spread over 0 to 1", () => {
  const [one, other] = [repeatable(7), repeatable(7)];
  const numbers = Array.from({ length: 1_000 }, () => one());
  expect(Array.from({ length: 1_000 }, () => other())).toEqual(numbers);
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...numbers)).toBeLessThan(1);
  expect(numbers.reduce((a, b) => a + b) / 1_000).toBeCloseTo(0.5, 1);
});
