import { describe, expect, test } from "vitest";

import answer from "../../../shapes/slice.json";
import { SliceError, readSlice } from "../../../../static/explorer/client/slice";
import { slice } from "../example";

describe("the pinned answer", () => {
  test("is read whole", () => {
    expect(slice.focus).toBe("researcher:12");
    expect(slice.nodes.map((node) => node.id)).toEqual(answer.nodes.map((node) => node.id));
    expect(slice.edges).toHaveLength(answer.edges.length);
    expect(slice.nodes[2]).toEqual({
      id: "work:7",
      kind: "work",
      label: "Power-law escape rate of SGD",
      weight: 3,
      url: "/works/7/power-law-escape-rate-of-sgd/",
      year: 2022,
      level: null,
      trust: null,
      degree: 4,
      x: -0.4,
      y: 0.2,
    });
    expect(slice.edges[0]).toEqual({ source: "researcher:12", target: "researcher:13", kind: "collaborated", weight: 3, firstYear: 2020, lastYear: 2022 });
  });

  test("says what was left out", () => {
    expect(slice.truncated).toEqual({
      work: { more: 7, atLeast: false, next: answer.truncated.work.next },
    });
  });
});

describe("an answer that is no slice", () => {
  const broken = (change: (copy: typeof answer) => void): unknown => {
    const copy = structuredClone(answer);
    change(copy);
    return copy;
  };
  const cases: [string, unknown, string][] = [
    ["nothing", null, "slice is not an object"],
    ["a list", [], "slice is not an object"],
    ["nodes missing", { focus: "work:1", edges: [] }, "nodes is not a list"],
    ["a kind nobody knows", broken((copy) => (copy.nodes[0]!.kind = "planet")), "kind of researcher:12 is not one of researcher, work, topic, institution"],
    ["a weight in words", broken((copy) => Object.assign(copy.nodes[1]!, { weight: "nine" })), "weight of researcher:13 is not a number"],
    ["an infinite place", broken((copy) => (copy.nodes[1]!.x = Number.POSITIVE_INFINITY)), "x of researcher:13 is not a number"],
    ["a script for an address", broken((copy) => (copy.nodes[0]!.url = "javascript:alert(1)")), "url of researcher:12 leaves the portal"],
    ["another host for an address", broken((copy) => (copy.nodes[0]!.url = "//elsewhere.example/")), "url of researcher:12 leaves the portal"],
  ];

  test.each(cases)("%s is refused in words", (_, value, words) => {
    expect(() => readSlice(value)).toThrow(new SliceError(words));
  });
});
