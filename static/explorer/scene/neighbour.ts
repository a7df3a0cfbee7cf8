/* Which node an arrow key leads to. */

import type { Point } from "./camera";

export type Direction = "left" | "right" | "up" | "down";

const UNIT: Readonly<Record<Direction, Point>> = {
  left: { x: -1, y: 0 },
  right: { x: 1, y: 0 },
  up: { x: 0, y: -1 },
  down: { x: 0, y: 1 },
};

export interface Placed extends Point {
  readonly id: string;
}

/** Distance, dearer the further off the direction; null outside the quarter plane that the key means. */
function cost(from: Point, to: Point, direction: Direction): number | null {
  const unit = UNIT[direction];
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const along = dx * unit.x + dy * unit.y;
  const across = Math.abs(dx * unit.y) + Math.abs(dy * unit.x);
  return along > 0 && across <= along ? along + 2 * across : null;
}

function nearest(from: Point, candidates: Iterable<Placed>, direction: Direction): string | null {
  let best: { id: string; cost: number } | null = null;
  for (const candidate of candidates) {
    const price = cost(from, candidate, direction);
    if (price !== null && (best === null || price < best.cost)) best = { id: candidate.id, cost: price };
  }
  return best?.id ?? null;
}

/** The linked node in that direction; where no link leads there, the nearest node of any kind. */
export function neighbourTowards(from: Placed, linked: Iterable<Placed>, all: Iterable<Placed>, direction: Direction): string | null {
  const others = (nodes: Iterable<Placed>): Placed[] => [...nodes].filter((node) => node.id !== from.id);
  return nearest(from, others(linked), direction) ?? nearest(from, others(all), direction);
}
