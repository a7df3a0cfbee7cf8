import { describe, expect, test } from "vitest";

import { type Wish, brokenInto, overlaps, placedLabels, roomOf } from "../../../../static/explorer/scene/labels";

/** Numbers that look random and are the same in every run. */
function* chance(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    yield state / 4_294_967_296;
  }
}

function crowd(count: number, k: number, seed = 7): Wish[] {
  const numbers = chance(seed);
  const next = (): number => numbers.next().value as number;
  return Array.from({ length: count }, (_, i) => ({
    id: `work:${i}`,
    at: { x: (next() - 0.5) * 1_600 * k, y: (next() - 0.5) * 900 * k },
    radius: 4 + next() * 8,
    width: 40 + next() * 130,
    height: next() > 0.5 ? 15 : 29,
    priority: next() * 10,
    wanted: i === 0,
  }));
}

const wide = { left: -1e6, right: 1e6, top: -1e6, bottom: 1e6 };

describe("labels of 300 nodes", () => {
  test.each([0.1, 0.25, 0.5, 0.8, 1, 1.7, 3, 8])("never lie on each other at zoom %d", (k) => {
    const labels = placedLabels(crowd(300, k), wide);
    const clashes = labels.flatMap((one, i) => labels.slice(i + 1).filter((other) => overlaps(one, other)));
    expect(clashes).toEqual([]);
    expect(labels.length).toBeGreaterThan(0);
  });

  test("are at least 25 on a stage of 1440 by 800", () => {
    expect(placedLabels(crowd(300, 0.85), wide).length).toBeGreaterThanOrEqual(25);
  });

  test("are the dearest ones where only some are wanted", () => {
    const [all, some] = [placedLabels(crowd(300, 0.85), wide), placedLabels(crowd(300, 0.85), wide, new Set(), 20)];
    expect(some).toEqual(all.slice(0, 20));
  });

  test("are not measured before their turn", () => {
    let measured = 0;
    const wishes = crowd(300, 0.85).map((wish) => ({
      ...wish,
      get width() {
        measured += 1;
        return wish.width;
      },
    }));
    placedLabels(wishes, wide, new Set(), 1);
    expect(measured).toBeGreaterThan(0);
    expect(measured).toBeLessThan(300);
  });

  test("cover no node unless they are wanted", () => {
    const wishes = crowd(300, 0.85);
    const discs = wishes.map((wish) => ({ id: wish.id, left: wish.at.x - wish.radius, right: wish.at.x + wish.radius, top: wish.at.y - wish.radius, bottom: wish.at.y + wish.radius }));
    for (const label of placedLabels(wishes, wide)) {
      if (label.id !== "work:0") expect(discs.filter((disc) => disc.id !== label.id && overlaps(disc, label))).toEqual([]);
    }
  });

  test("stay inside the room", () => {
    const wishes = crowd(300, 0.85);
    const room = roomOf(wishes, { x: 60, y: 30 });
    for (const label of placedLabels(wishes, room)) {
      expect(label.left).toBeGreaterThanOrEqual(room.left);
      expect(label.right).toBeLessThanOrEqual(room.right);
      expect(label.top).toBeGreaterThanOrEqual(room.top);
      expect(label.bottom).toBeLessThanOrEqual(room.bottom);
    }
  });
});

describe("two labels for one place", () => {
  const at = { x: 0, y: 0 };
  const wish = (id: string, priority: number, wanted = false): Wish => ({ id, at, radius: 5, width: 4_000, height: 400, priority, wanted });

  test("the dearer is drawn first", () => {
    expect(placedLabels([wish("work:1", 1, true), wish("work:2", 2, true)], wide)[0]?.id).toBe("work:2");
  });

  test("of equal worth the one already shown stays", () => {
    const both = [wish("work:1", 1, true), wish("work:2", 1, true)];
    expect(placedLabels(both, wide)[0]?.id).toBe("work:1");
    expect(placedLabels(both, wide, new Set(["work:2"]))[0]?.id).toBe("work:2");
  });

  test("a node without a label takes no label's place but is not covered", () => {
    const mute = { ...wish("work:3", Number.NEGATIVE_INFINITY), at: { x: 30, y: 0 }, width: 0, height: 0 };
    const [label] = placedLabels([{ ...wish("work:1", 1), width: 60, height: 14 }, mute], wide);
    expect(label?.align).toBe("right");
  });
});

describe("breaking lines", () => {
  const measure = (text: string): number => text.length * 10;

  test("keeps a short text whole", () => {
    expect(brokenInto("Power laws", 2, 200, measure)).toEqual(["Power laws"]);
  });

  test("shortens what does not fit into the last line", () => {
    expect(brokenInto("Exact phase transitions in deep linear networks", 2, 200, measure)).toEqual(["Exact phase", "transitions in deep…"]);
  });

  test("shortens a single word that is too long", () => {
    expect(brokenInto("Pneumonoultramicroscopicsilicovolcanoconiosis", 2, 200, measure)).toEqual(["Pneumonoultramicros…"]);
  });
});
