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
      citations: 3,
      topics: ["topic:3"],
      institutions: [],
      degree: 4,
      x: -0.4,
      y: 0.2,
    });
    expect(slice.edges[0]).toEqual({
      source: "researcher:12", target: "researcher:13", kind: "collaborated", weight: 3, firstYear: 2020, lastYear: 2022,
      works: [
        { title: "Power-law escape rate of SGD", year: 2022, url: "/works/7/power-law-escape-rate-of-sgd/" },
        { title: "Stochastic Neural Networks with Infinite Width are Deterministic", year: 2022, url: "/works/9/stochastic-neural-networks-with-infinite-width-are-deterministic/" },
      ],
    }); // prettier-ignore
    expect(slice.names.get("topic:4")).toBe("Neural Networks and Applications");
    expect([slice.unread, slice.edgesLeftOut]).toEqual([0, 0]);
  });

  test("says what was left out", () => {
    expect(slice.truncated).toEqual({
      work: { more: 7, atLeast: false, next: answer.truncated.work.next },
    });
  });
});

const broken = (change: (copy: typeof answer) => void): unknown => {
  const copy = structuredClone(answer);
  change(copy);
  return copy;
};

describe("an answer that is no slice", () => {
  const alone = (change: Record<string, unknown>): unknown => broken((copy) => copy.nodes.splice(0, copy.nodes.length, { ...copy.nodes[0]!, ...change }));
  const cases: [string, unknown, string][] = [
    ["nothing", null, "slice is not an object"],
    ["a list", [], "slice is not an object"],
    ["nodes missing", { focus: "work:1", edges: [] }, "nodes is not a list"],
    ["a kind nobody knows", alone({ kind: "planet" }), "kind of researcher:12 is not one of researcher, work, topic, institution"],
    ["a weight in words", alone({ weight: "nine" }), "weight of researcher:12 is not a number"],
    ["an infinite place", alone({ x: Number.POSITIVE_INFINITY }), "x of researcher:12 is not a number"],
    ["a script for an address", alone({ url: "javascript:alert(1)" }), "url of researcher:12 leaves the portal"],
    ["another host for an address", alone({ url: "//elsewhere.example/" }), "url of researcher:12 leaves the portal"],
  ];

  test.each(cases)("%s is refused in words", (_, value, words) => {
    expect(() => readSlice(value)).toThrow(new SliceError(words));
  });
});

describe("a record that cannot be read", () => {
  test("is left out, the others are kept, and how many were is said", () => {
    const read = readSlice(
      broken((copy) => {
        copy.nodes[1]!.url = "javascript:alert(1)";
        Object.assign(copy.edges[1]!, { weight: null });
      }),
    );
    expect(read.nodes.map((node) => node.id)).toEqual(answer.nodes.map((node) => node.id).filter((id) => id !== "researcher:13"));
    expect(read.edges).toHaveLength(answer.edges.length - 1);
    expect(read.unread).toBe(2);
  });
});
