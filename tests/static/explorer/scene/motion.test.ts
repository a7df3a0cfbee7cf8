import { describe, expect, test } from "vitest";

import { Eye } from "../../../../static/explorer/scene/eye";
import { glided } from "../../../../static/explorer/scene/motion";

test("gliding nodes arrive exactly", () => {
  const glide = { from: new Map([["a", { x: 0, y: 0 }]]), to: new Map([["a", { x: 10, y: 20 }], ["b", { x: 5, y: 5 }]]), start: 1_000, follow: false }; // prettier-ignore
  const half = glided(glide, 1_325);
  expect(half.done).toBe(false);
  expect(half.places.get("a")!.x).toBeGreaterThan(5); // eased: soon nearly there
  expect(half.places.get("b")).toEqual({ x: 5, y: 5 }); // what was nowhere appears in its place
  expect(glided(glide, 1_650)).toEqual({ places: glide.to, done: true });
});

describe("the camera", () => {
  const size = { width: 800, height: 600 };
  const points = [{ x: -100, y: -50 }, { x: 100, y: 50 }]; // prettier-ignore

  test("jumps where motion is unwelcome", () => {
    const eye = new Eye(() => true);
    eye.pan(50, 0, true);
    expect([eye.isFlying, eye.view.x]).toEqual([false, -50]);
  });

  test("knows whether the reader has moved it, until everything is shown again", () => {
    const eye = new Eye(() => false);
    eye.zoom(2, size, { x: 0, y: 0 }, false);
    expect(eye.isMoved).toBe(true);
    eye.fit(points, size, { x: 0, y: 0 }, false);
    expect([eye.isMoved, eye.first]).toEqual([false, eye.view.k]);
  });

  test("flies on from where it was going when keys come fast", () => {
    const eye = new Eye(() => false);
    eye.pan(-100, 0, true);
    eye.pan(-100, 0, true);
    eye.tick(performance.now() + 1_000);
    expect([eye.view.x, eye.isFlying]).toEqual([200, false]);
  });
});
