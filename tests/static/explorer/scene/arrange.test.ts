import { describe, expect, test } from "vitest";

import { type Arrangement, arranged, spiral } from "../../../../static/explorer/scene/arrange";

/** A star of `groups` clusters of `each` nodes around node 0. */
function star(groups: number, each: number, fixed: (index: number) => boolean = () => false): Arrangement {
  const order = 1 + groups * each;
  const ends: number[] = [];
  for (let i = 1; i < order; i++) {
    ends.push(0, i);
    const first = 1 + Math.floor((i - 1) / each) * each;
    for (let j = first; j < i; j++) ends.push(j, i);
  }
  const at = Array.from({ length: order }, (_, i) => spiral(i));
  return {
    x: Float32Array.from(at, (point) => point.x),
    y: Float32Array.from(at, (point) => point.y),
    radius: new Float32Array(order).fill(6),
    centre: 0,
    fixed: Uint8Array.from(at, (_, i) => (fixed(i) ? 1 : 0)),
    ends: Uint32Array.from(ends),
    weights: new Float32Array(ends.length / 2).fill(1),
    aspect: 1.5,
    budget: 60_000,
  };
}

function closest({ x, y }: { x: Float32Array; y: Float32Array }): number {
  let least = Infinity;
  for (let i = 0; i < x.length; i++) for (let j = i + 1; j < x.length; j++) least = Math.min(least, Math.hypot(x[i]! - x[j]!, y[i]! - y[j]!));
  return least;
}

describe("a whole picture", () => {
  const input = star(10, 12);
  const places = arranged(input);

  test("is the same every time", () => {
    expect(arranged(star(10, 12))).toEqual(places);
  });

  test("has no node on another", () => {
    expect(closest(places)).toBeGreaterThan(12);
  });

  test("brings those who belong together near each other", () => {
    const distance = (i: number, j: number): number => Math.hypot(places.x[i]! - places.x[j]!, places.y[i]! - places.y[j]!);
    const mates = [1, 13, 25, 37].map((i) => distance(i, i + 1));
    const strangers = [1, 13, 25, 37].map((i) => distance(i, ((i + 60) % 120) + 1));
    expect(Math.max(...mates)).toBeLessThan(Math.min(...strangers));
  });

  test("is wider than high in a wide room", () => {
    const reach = (values: Float32Array): number => Math.max(...values) - Math.min(...values);
    expect(reach(places.x)).toBeGreaterThan(reach(places.y));
  });

  test("leaves its question untouched", () => {
    expect(input.x).toEqual(star(10, 12).x);
  });
});

test("new nodes find room while the others stay exactly where they are", () => {
  const input = star(5, 12, (index) => index < 50);
  const places = arranged(input);
  expect(places.x.slice(0, 50)).toEqual(input.x.slice(0, 50));
  expect(places.y.slice(0, 50)).toEqual(input.y.slice(0, 50));
  expect(closest(places)).toBeGreaterThan(10);
});

test("a spent budget still gives finite places", () => {
  let clock = 0;
  const places = arranged({ ...star(4, 4), budget: 10 }, () => (clock += 100));
  expect([...places.x, ...places.y].every(Number.isFinite)).toBe(true);
});

test.each([0, 1])("a picture of %d nodes is no trouble", (order) => {
  const input = { ...star(0, 0), x: new Float32Array(order), y: new Float32Array(order), radius: new Float32Array(order), fixed: new Uint8Array(order) };
  const places = arranged(input);
  expect(places.x).toHaveLength(order);
  expect([...places.x].every(Number.isFinite)).toBe(true);
});
