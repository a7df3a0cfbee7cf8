import { describe, expect, test } from "vitest";

import { type Arrangement, arranged } from "../../../../static/explorer/scene/arrange";
import { axisOf, yearAt } from "../../../../static/explorer/scene/layouts";

function arrangement(count: number, changes: Partial<Arrangement>): Arrangement {
  return {
    x: new Float32Array(count),
    y: new Float32Array(count),
    radius: new Float32Array(count).fill(6),
    centre: 0,
    fixed: new Uint8Array(count),
    ends: new Uint32Array(),
    weights: new Float32Array(),
    aspect: 1.5,
    budget: 100,
    ...changes,
  };
}

function closest(x: Float32Array, y: Float32Array): number {
  let least = Infinity;
  for (let i = 0; i < x.length; i++) for (let j = i + 1; j < x.length; j++) least = Math.min(least, Math.hypot(x[i]! - x[j]!, y[i]! - y[j]!));
  return least;
}

describe("the time axis", () => {
  const years = Float64Array.from({ length: 60 }, (_, i) => (i === 59 ? Number.NaN : 2010 + (i % 7)));
  const { x, y } = arranged(arrangement(60, { layout: "year", years }));

  test("sets every year in its own place, earlier ones to the left", () => {
    const axis = axisOf(years)!;
    for (const [i, year] of years.entries()) if (!Number.isNaN(year)) expect(Math.abs(x[i]! - yearAt(axis, year))).toBeLessThan(axis.step / 2);
  });

  test("sets what has no year before the first", () => {
    expect(x[59]).toBeLessThan(Math.min(...[...x].slice(0, 59)));
  });

  test("lets nothing lie on anything", () => {
    expect(closest(x, y)).toBeGreaterThan(20);
  });

  test("leaves what is held where it is and keeps clear of it", () => {
    const fixed = new Uint8Array(60);
    fixed[3] = 1;
    const held = arranged(arrangement(60, { layout: "year", years, fixed, x: Float32Array.from({ length: 60 }, () => 5), y: Float32Array.from({ length: 60 }, () => 7) }));
    expect([held.x[3], held.y[3]]).toEqual([5, 7]);
    expect(closest(held.x, held.y)).toBeGreaterThan(20);
  });

  test("of a picture without years still sets everything apart", () => {
    const none = arranged(arrangement(5, { layout: "year", years: new Float64Array(5).fill(Number.NaN) }));
    expect(closest(none.x, none.y)).toBeGreaterThan(20);
    expect(axisOf([])).toBeNull();
  });
});

describe("the circle", () => {
  const groups = Int32Array.from({ length: 61 }, (_, i) => (i === 0 ? -1 : i % 4));
  const { x, y } = arranged(arrangement(61, { layout: "circle", groups }));
  const middle = (group: number): { x: number; y: number } => {
    const own = [...groups.keys()].filter((i) => groups[i] === group && i > 0);
    return { x: own.reduce((sum, i) => sum + x[i]!, 0) / own.length, y: own.reduce((sum, i) => sum + y[i]!, 0) / own.length };
  };

  test("sets each community together, nearer to its own middle than to any other", () => {
    for (let i = 1; i < 61; i++) {
      const distances = [0, 1, 2, 3].map((group) => Math.hypot(x[i]! - middle(group).x, y[i]! - middle(group).y));
      expect(distances.indexOf(Math.min(...distances))).toBe(groups[i]);
    }
  });

  test("has the focus in the middle and nothing on anything", () => {
    expect([x[0], y[0]]).toEqual([0, 0]);
    expect(closest(x, y)).toBeGreaterThan(20);
  });
});
