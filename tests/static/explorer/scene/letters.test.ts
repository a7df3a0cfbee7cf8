import { expect, test } from "vitest";

import { letterWidth } from "../../../../static/explorer/scene/letters";

test("letters of both fonts are known from the space to the tilde", () => {
  for (let code = 32; code < 127; code++) {
    for (const serif of [false, true]) expect(letterWidth(String.fromCharCode(code), 12, serif, false)).toBeGreaterThan(1.5);
  }
});

test("wide letters are wider, and bold ones a little more", () => {
  expect(letterWidth("i", 10, false, false)).toBeCloseTo(2.5);
  expect(letterWidth("W", 10, false, false)).toBeCloseTo(10);
  expect(letterWidth("W", 10, true, true)).toBeGreaterThan(letterWidth("W", 10, true, false) ?? Infinity);
});

test.each(["ü", "渡", "\u007f", "\n", "𝛼"])("%j is to be measured", (letter) => {
  expect(letterWidth(letter, 12, false, false)).toBeUndefined();
});
