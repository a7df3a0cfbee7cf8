import { expect, test } from "vitest";

import { NO_INSETS, between, fitted, panned, showing, toPlane, toStage, zoomed } from "../../../../static/explorer/scene/camera";

const size = { width: 800, height: 600 };
const view = { x: 40, y: -20, k: 0.5 };

test("stage and plane undo each other", () => {
  const point = { x: 123, y: -45 };
  expect(toPlane(view, size, toStage(view, size, point))).toEqual(point);
});

test("zooming keeps the point under the pointer, within bounds", () => {
  const at = { x: 100, y: 500 };
  const fixed = toPlane(view, size, at);
  const near = zoomed(view, size, at, 3);
  expect(near.k).toBe(1.5);
  expect(toStage(near, size, fixed).x).toBeCloseTo(at.x);
  expect(toStage(near, size, fixed).y).toBeCloseTo(at.y);
  expect(zoomed(view, size, at, 1e6).k).toBe(8);
  expect(zoomed(view, size, at, 1e-6).k).toBe(0.04);
});

test("panning moves by pixels", () => {
  const point = { x: 0, y: 0 };
  const before = toStage(view, size, point);
  const after = toStage(panned(view, 30, -10), size, point);
  expect([after.x - before.x, after.y - before.y]).toEqual([30, -10]);
});

test("fitting brings every point inside the insets and does not blow up small pictures", () => {
  const points = [{ x: -900, y: 0 }, { x: 900, y: 300 }, { x: 0, y: -500 }];
  const insets = { top: 20, right: 200, bottom: 40, left: 10 };
  const fit = fitted(points, size, insets);
  for (const at of points.map((point) => toStage(fit, size, point))) {
    expect(at.x).toBeGreaterThanOrEqual(insets.left - 0.01);
    expect(at.x).toBeLessThanOrEqual(size.width - insets.right + 0.01);
    expect(at.y).toBeGreaterThanOrEqual(insets.top - 0.01);
    expect(at.y).toBeLessThanOrEqual(size.height - insets.bottom + 0.01);
  }
  expect(fitted([{ x: 5, y: 5 }, { x: 6, y: 6 }], size, NO_INSETS).k).toBe(1.5);
  expect(fitted([], size, NO_INSETS)).toEqual({ x: 0, y: 0, k: 1 });
});

test("a node in view needs no camera, one behind the panel does", () => {
  const middle = toPlane(view, size, { x: 400, y: 300 });
  expect(showing(view, size, middle, NO_INSETS)).toBe(view);
  const behind = toPlane(view, size, { x: 700, y: 300 });
  const moved = showing(view, size, behind, { ...NO_INSETS, right: 200 });
  expect(toStage(moved, size, behind).x).toBeCloseTo(300);
});

test("a flight starts and ends where it should", () => {
  const to = { x: 0, y: 0, k: 2 };
  expect(between(view, to, 0)).toEqual(view);
  expect(between(view, to, 1)).toEqual(to);
  expect(between(view, to, 0.5).k).toBeCloseTo(1);
});
