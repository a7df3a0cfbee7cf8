import { describe, expect, test } from "vitest";

import { GROUPS } from "../../../../static/explorer/scene/palette";

/** The paper and the sunk paper of each scheme, as in tokens.css. */
const PAPERS = { light: ["#fbfaf7", "#f4f2ec"], dark: ["#14171a", "#1b1f23"] };

/** Relative luminance (WCAG 2). */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function lightness(colour: string): number {
  return 116 * Math.cbrt(luminance(colour)) - 16;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

describe.each(["light", "dark"] as const)("the colours of communities, %s", (scheme) => {
  const colours = GROUPS[scheme];

  test("differ in lightness: neighbours by 8 L* and more, any two by 1", () => {
    const values = colours.map(lightness);
    expect(Math.min(...values.slice(1).map((value, i) => Math.abs(value - (values[i] ?? value))))).toBeGreaterThanOrEqual(8);
    const sorted = values.sort((a, b) => a - b);
    expect(Math.min(...sorted.slice(1).map((value, i) => value - (sorted[i] ?? value)))).toBeGreaterThanOrEqual(1);
  });

  test("stand out from the paper", () => {
    for (const paper of PAPERS[scheme]) for (const colour of colours) expect(contrast(colour, paper)).toBeGreaterThanOrEqual(3);
  });
});
