import { describe, expect, test } from "vitest";

import { fact, leftOutWords, plain, relationFrom, strength, years } from "../../../../static/explorer/panels/words";
import { picture } from "../example";

describe("plain labels", () => {
  test.each([
    ["Power-law escape rate of SGD", "Power-law escape rate of SGD"],
    ["$Δ\\log L=\\log[L(θ^s)]$ and more", "Δlog L=log[L(θ^s)] and more"],
    ["\\textit{volumization} as weight decay", "volumization as weight decay"],
    ["The $\\alpha_s$ of $e^{+}e^{-}$", "The α_s of e+e-"],
    ["x<y and y>z", "x<y and y>z"],
    ["On <i>in vitro</i> H<sub>2</sub>O", "On in vitro H2O"],
    ['<mml:math xmlns:mml="m"><mml:mi>x</mml:mi></mml:math> rays', "x rays"],
    ["Schr\\\"odinger's\n  cat", "Schrodinger's cat"],
  ])("%s", (label, words) => {
    expect(plain(label)).toBe(words);
  });
});

test("a relation reads right from both ends", () => {
  const cites = picture.edges.get("work:7 cites work:8")!;
  expect([relationFrom(cites, "work:7"), relationFrom(cites, "work:8")]).toEqual(["cites", "cited by"]);
  const at = picture.edges.get("researcher:12 affiliated institution:5")!;
  expect([relationFrom(at, "researcher:12"), strength(at), years(at)]).toEqual(["at", "3 years", "2019–2022"]);
});

test("a node is told in one line", () => {
  expect(fact(picture.nodes.get("work:7")!)).toBe("Work of 2022, 3 citations");
  expect(fact(picture.nodes.get("researcher:13")!)).toBe("Researcher, 4 works");
});

test("what was left out is told by kind", () => {
  const left = (more: number, atLeast = false) => ({ more, atLeast, next: null });
  expect(leftOutWords({})).toBe("");
  expect(leftOutWords({ work: left(1) })).toBe("1 more work");
  expect(leftOutWords({ researcher: left(7), work: left(1_200, true), topic: left(2) })).toBe("7 more researchers, at least 1,200 more works and 2 more topics");
});
