import { expect, test } from "vitest";

import { neighbourTowards } from "../../../../static/explorer/scene/neighbour";

const from = { id: "work:1", x: 0, y: 0 };
const east = { id: "work:2", x: 100, y: 10 };
const farEast = { id: "work:3", x: 300, y: 0 };
const north = { id: "work:4", x: 10, y: -80 };
const unlinkedSouth = { id: "work:5", x: 0, y: 60 };
const all = [from, east, farEast, north, unlinkedSouth];

test("an arrow leads to the nearest linked node on its side", () => {
  expect(neighbourTowards(from, [farEast, east, north], all, "right")).toBe("work:2");
  expect(neighbourTowards(from, [farEast, east, north], all, "up")).toBe("work:4");
});

test("a linked node far away comes before a near stranger", () => {
  expect(neighbourTowards(from, [farEast], all, "right")).toBe("work:3");
});

test("without a link on that side the nearest node there", () => {
  expect(neighbourTowards(from, [east], all, "down")).toBe("work:5");
});

test("at the rim there is nothing further", () => {
  expect(neighbourTowards(from, [east], all, "left")).toBeNull();
});
