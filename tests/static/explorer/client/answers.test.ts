import { describe, expect, test } from "vitest";

import path from "../../../shapes/path.json";
import { readHits, readPath } from "../../../../static/explorer/client/answers";
import { stepsUnlisted, listed, unlisted } from "../../../../static/explorer/client/names";

describe("the pinned path", () => {
  test("is read with the works of each step", () => {
    const found = readPath(path);
    expect([found.length, found.nodes.map((node) => node.id)]).toEqual([2, ["researcher:12", "researcher:13", "researcher:14"]]);
    expect(found.edges[0]).toEqual({
      source: "researcher:12",
      target: "researcher:13",
      kind: "collaborated",
      weight: 1,
      firstYear: 2022,
      lastYear: 2022,
      works: [{ title: "Power-law escape rate of SGD", year: 2022, url: "/works/7/power-law-escape-rate-of-sgd/" }],
    });
  });

  test("turns a step against a citation round", () => {
    const step = { source: "work:1", target: "work:2", relation: "cited_by", works: [], total: 1, first_year: null, last_year: null };
    expect(readPath({ ...path, edges: [step] }).edges[0]).toMatchObject({ source: "work:2", target: "work:1", kind: "cites" });
  });

  test("that was not found says why", () => {
    expect(readPath({ from: "work:1", to: "work:2", length: null, nodes: [], edges: [], detail: "There is none." })).toEqual({ length: null, nodes: [], edges: [], detail: "There is none." });
  });
});

test("the portal's hits come kind by kind", () => {
  const hit = { id: "work:3", kind: "work", label: "On SGD", weight: 2, url: "/works/3/on-sgd/", year: 2020 };
  const person = { id: "researcher:2", kind: "researcher", label: "Ada", weight: 2, url: "/researchers/2/ada/" };
  expect(readHits({ query: "x", results: { work: [hit], researcher: [person] } })).toEqual([
    { id: "researcher:2", kind: "researcher", label: "Ada", url: "/researchers/2/ada/" },
    { id: "work:3", kind: "work", label: "On SGD", url: "/works/3/on-sgd/" },
  ]);
  expect(() => readHits({ results: { work: [{ ...hit, url: "https://elsewhere.example/" }] } })).toThrow("leaves the portal");
});

describe("names in lists", () => {
  test.each([[["researcher:1", "researcher:2", "work:3", "researcher:4"], "researcher:1,2,work:3,researcher:4"], [[], ""]])("%j", (ids, text) => {
    expect(listed(ids)).toBe(text);
    expect(unlisted(text, 10)).toEqual(ids);
  });

  test("of expansions may name one kind again and again", () => {
    const steps = ["work:7", "work:7~topic", "work:7~topic", "topic:1"];
    expect(listed(steps)).toBe("work:7,7~topic,7~topic,topic:1");
    expect(stepsUnlisted(listed(steps), 10)).toEqual(steps);
    expect(stepsUnlisted("work:7,work:7,work:7~planet,x", 10)).toEqual(["work:7"]);
  });
});
