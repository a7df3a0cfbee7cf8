import { expect, test } from "vitest";

import { lookOf } from "../../../../static/explorer/reducers/appearance";
import { edgeUnder, nodeUnder, nodesWithin } from "../../../../static/explorer/scene/pointing";
import { loaded, palette } from "../example";

const places = new Map([["researcher:12", { x: 0, y: 0 }], ["researcher:13", { x: 100, y: 0 }], ["work:7", { x: 0, y: 100 }], ["topic:3", { x: 300, y: 300 }]]); // prettier-ignore
const drawn = { look: lookOf(loaded(), palette), places, view: { x: 0, y: 0, k: 1 }, growth: 1, size: { width: 400, height: 400 } };
const at = (x: number, y: number): { x: number; y: number } => ({ x: x + 200, y: y + 200 });

test("a node is under a point within its shape and a little reach", () => {
  expect(nodeUnder(drawn, at(8, 8), 4)).toBe("researcher:12");
  expect(nodeUnder(drawn, at(40, 8), 4)).toBeNull();
  expect(nodeUnder(drawn, at(40, 8), 40)).toBe("researcher:12");
});

test("an edge is under a point near its line, not beyond its ends", () => {
  expect(edgeUnder(drawn, at(50, 3), 4)).toBe("researcher:12 collaborated researcher:13");
  expect(edgeUnder(drawn, at(50, 9), 4)).toBeNull();
  expect(edgeUnder(drawn, at(-30, 0), 4)).toBeNull();
});

test("a box holds the nodes whose middle is inside", () => {
  expect(nodesWithin(drawn, { left: 190, top: 190, right: 310, bottom: 210 }).sort()).toEqual(["researcher:12", "researcher:13"]);
});
