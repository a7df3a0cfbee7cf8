import { expect, test } from "vitest";

import { bucketOf, roleOf, yearSpan, yearSteps, yearsOf } from "../../../../static/explorer/state/buckets";
import { firstPicture } from "../../../../static/explorer/state/picture";
import { edge, loaded, node, picture } from "../example";

test("the year of a person is in the middle of their works and collaborations", () => {
  const years = yearsOf(picture);
  expect(years.get("work:7")).toBe(2022);
  expect(years.has("work:8")).toBe(false); // a work without a year has none
  expect(years.get("researcher:13")).toBe(2022); // 2021 together, and the work of 2022
  expect(years.get("topic:3")).toBe(2022);
  expect(yearSpan(picture)).toEqual([2021, 2022]);
});

test("years come in at most five spans that cover them all", () => {
  const nodes = Array.from({ length: 24 }, (_, i) => node(`work:${i + 1}`, { year: 1999 + i }));
  const long = firstPicture({ focus: "work:1", nodes, edges: [], truncated: {}, names: new Map(), edgesLeftOut: 0, unread: 0 });
  expect(yearSteps(long)).toEqual([[1999, 2003], [2004, 2008], [2009, 2013], [2014, 2018], [2019, 2022]]); // prettier-ignore
});

test("works stand to the focus as citing, cited, both or further away", () => {
  const cites = [edge("work:2", "work:1", "cites"), edge("work:1", "work:3", "cites"), edge("work:4", "work:1", "cites"), edge("work:1", "work:4", "cites"), edge("work:5", "work:2", "cites")];
  const made = firstPicture({ focus: "work:1", nodes: [1, 2, 3, 4, 5].map((key) => node(`work:${key}`)), edges: cites, truncated: {}, names: new Map(), edgesLeftOut: 0, unread: 0 });
  expect([1, 2, 3, 4, 5].map((key) => roleOf(made, `work:${key}`))).toEqual(["focus", "citing", "cited", "both", "further"]);
});

test("what a colour says nothing about has no entry in the legend", () => {
  const state = loaded();
  const at = (id: string) => picture.nodes.get(id)!;
  expect(bucketOf(state, picture, at("work:8"), "year")).toBeNull();
  expect(bucketOf(state, picture, at("work:8"), "level")).toBeNull();
  expect(bucketOf(state, picture, at("researcher:12"), "level")).toBe("level:1");
  expect(bucketOf(state, picture, at("topic:3"), "citations")).toBeNull();
  expect(bucketOf(state, picture, at("researcher:13"), "community")).toBeNull(); // not worked out yet
});
