import { describe, expect, test } from "vitest";

import { placesBeside, startPlaces } from "../../../../static/explorer/acting/arranging";
import { noteOf } from "../../../../static/explorer/panels/foot";
import { barsOf, playSteps } from "../../../../static/explorer/panels/histogram";
import { claimAddress } from "../../../../static/explorer/panels/panel";
import { edgeWords } from "../../../../static/explorer/panels/words";
import { reduce } from "../../../../static/explorer/state/actions";
import { firstPicture } from "../../../../static/explorer/state/picture";
import { expanded, loaded, node, picture, slice } from "../example";

describe("the line below the picture", () => {
  test("tells what the portal left out around the focus, or around what is selected", () => {
    expect(noteOf(loaded())).toBe("Strongest relations first. Not drawn around Liu Ziyin: 7 more works.");
    expect(noteOf(reduce(expanded(), { type: "select", nodes: ["researcher:13"] }))).toBe("Strongest relations first. Not drawn around Takashi Mori: 3 more works.");
  });

  test("tells how much the reader has taken away", () => {
    expect(noteOf(reduce(loaded(), { type: "toggleKind", kind: "work" }))).toContain("2 of 6 drawn here are hidden or filtered out.");
  });

  test("tells of relations too weak to be told", () => {
    const state = reduce(loaded(), { type: "load", slice: { ...slice, edgesLeftOut: 1_234 } });
    expect(noteOf(state)).toContain("1,234 weaker relations between them are not drawn.");
  });
});

describe("the years", () => {
  const works = [2018, 2018, 2021, null].map((year, i) => node(`work:${i + 1}`, { year }));
  const made = firstPicture({ ...slice, nodes: works, edges: [] });

  test("have a bar each, empty ones too", () => {
    expect(barsOf(made)).toEqual([{ year: 2018, count: 2 }, { year: 2019, count: 0 }, { year: 2020, count: 0 }, { year: 2021, count: 1 }]); // prettier-ignore
    expect(barsOf(firstPicture({ ...slice, nodes: [node("work:1")], edges: [] }))).toEqual([]);
  });

  test("are played from the first on, one more each time", () => {
    expect(playSteps(barsOf(made)).map((step) => step.to)).toEqual([2018, 2019, 2020, 2021]);
    expect(new Set(playSteps(barsOf(made)).map((step) => step.from))).toEqual(new Set([2018]));
  });
});

test("only a person whom nobody has claimed can be claimed", () => {
  expect(claimAddress({ ...picture.nodes.get("researcher:12")!, level: 1 })).toBe("/researchers/12/claim/");
  expect(claimAddress({ ...picture.nodes.get("researcher:12")!, level: 3 })).toBeNull();
  expect(claimAddress(picture.nodes.get("work:7")!)).toBeNull();
});

test("an edge says who, how much and when", () => {
  expect(edgeWords(picture.edges.get("researcher:12 collaborated researcher:13")!, "Ada", "Ben")).toBe("Ada worked with Ben: 3 shared works, 2020–2022");
  expect(edgeWords(picture.edges.get("work:7 cites work:8")!, "One", "Two")).toBe("One cites Two");
});

test("new nodes come to stand outside, apart from each other", () => {
  const ids = Array.from({ length: 24 }, (_, i) => `work:${i + 1}`);
  const places = [...placesBeside({ x: 300, y: 0 }, ids).values()];
  expect(new Set(places.map((at) => `${at.x.toFixed(1)} ${at.y.toFixed(1)}`)).size).toBe(24);
  expect(places[0]!.x).toBeGreaterThan(300);
  expect(startPlaces(slice).get("researcher:13")).toEqual({ x: 0.4613 * 560, y: 0.1913 * 560 }); // the server's y goes upwards
});
