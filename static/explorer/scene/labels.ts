/* Which labels are drawn and where: none lies on another, the dearer label wins. Pure: text is measured by the caller. */

import type { Point } from "./camera";

export interface Wish {
  readonly id: string;
  /** Where the node is, in pixels; any origin, so a pan needs no new placement. */
  readonly at: Point;
  readonly radius: number;
  /** 0 for a node that wants no label but must not be covered by one. */
  readonly width: number;
  readonly height: number;
  /** Higher is placed first. */
  readonly priority: number;
  /** Wanted even where it covers nodes (never on another label). */
  readonly wanted: boolean;
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface Label extends Box {
  readonly id: string;
  readonly align: "left" | "right" | "center";
}

const GAP = 4; // between a node and its label
const AIR = 3; // between two labels
const CELL = 72;

export function overlaps(one: Box, other: Box, air = 0): boolean {
  return one.left < other.right + air && other.left < one.right + air && one.top < other.bottom + air && other.top < one.bottom + air;
}

/** Finds what lies near a box without looking at everything. Plain loops: this runs for every label of every zoom. */
class Grid {
  readonly #cells = new Map<number, Box[]>();

  add(box: Box): void {
    const [right, bottom] = [Math.floor(box.right / CELL), Math.floor(box.bottom / CELL)];
    for (let x = Math.floor(box.left / CELL); x <= right; x++) {
      for (let y = Math.floor(box.top / CELL); y <= bottom; y++) {
        const cell = (x + 50_000) * 100_000 + y + 50_000;
        const boxes = this.#cells.get(cell);
        if (boxes) boxes.push(box);
        else this.#cells.set(cell, [box]);
      }
    }
  }

  /** Whether a box overlaps one that was added, or comes within `air` of it; `but` does not count. */
  meets(box: Box, air: number, but: Box | null): boolean {
    const [right, bottom] = [Math.floor((box.right + air) / CELL), Math.floor((box.bottom + air) / CELL)];
    for (let x = Math.floor((box.left - air) / CELL); x <= right; x++) {
      for (let y = Math.floor((box.top - air) / CELL); y <= bottom; y++) {
        for (const other of this.#cells.get((x + 50_000) * 100_000 + y + 50_000) ?? []) if (other !== but && overlaps(box, other, air)) return true;
      }
    }
    return false;
  }

  /** How many of those added a box overlaps; `but` does not count. */
  count(box: Box, but: Box): number {
    const found = new Set<Box>();
    const [right, bottom] = [Math.floor(box.right / CELL), Math.floor(box.bottom / CELL)];
    for (let x = Math.floor(box.left / CELL); x <= right; x++) {
      for (let y = Math.floor(box.top / CELL); y <= bottom; y++) {
        for (const other of this.#cells.get((x + 50_000) * 100_000 + y + 50_000) ?? []) if (other !== but && overlaps(box, other)) found.add(other);
      }
    }
    return found.size;
  }
}

function boxAt(left: number, top: number, wish: Wish): Box {
  return { left, top, right: left + wish.width, bottom: top + wish.height };
}

type Place = (wish: Wish, reach: number) => Label;

function place(align: Label["align"], left: (wish: Wish, reach: number) => number, top: (wish: Wish, reach: number) => number): Place {
  return (wish, reach) => ({ id: wish.id, align, ...boxAt(left(wish, reach), top(wish, reach), wish) });
}

const SLANT = 0.72;

/** The places around a node, the most readable first. */
const PLACES: readonly Place[] = [
  place("left", ({ at }, reach) => at.x + reach, ({ at, height }) => at.y - height / 2),
  place("right", ({ at, width }, reach) => at.x - reach - width, ({ at, height }) => at.y - height / 2),
  place("center", ({ at, width }) => at.x - width / 2, ({ at }, reach) => at.y + reach),
  place("center", ({ at, width }) => at.x - width / 2, ({ at, height }, reach) => at.y - reach - height),
  place("left", ({ at }, reach) => at.x + reach * SLANT, ({ at, height }, reach) => at.y + reach * SLANT - height / 4),
  place("left", ({ at }, reach) => at.x + reach * SLANT, ({ at, height }, reach) => at.y - reach * SLANT - height * 0.75),
  place("right", ({ at, width }, reach) => at.x - reach * SLANT - width, ({ at, height }, reach) => at.y + reach * SLANT - height / 4),
  place("right", ({ at, width }, reach) => at.x - reach * SLANT - width, ({ at, height }, reach) => at.y - reach * SLANT - height * 0.75),
];

function discOf(wish: Wish): Box {
  const r = wish.radius;
  return { left: wish.at.x - r, right: wish.at.x + r, top: wish.at.y - r, bottom: wish.at.y + r };
}

function isWithin(box: Box, room: Box): boolean {
  return box.left >= room.left && box.right <= room.right && box.top >= room.top && box.bottom <= room.bottom;
}

/** The first place that covers nothing; for a wanted label else the one that covers least. */
function bestPlace(wish: Wish, own: Box, room: Box, taken: Grid, discs: Grid): Label | null {
  let best: { label: Label; covered: number } | null = null;
  for (const place of PLACES) {
    const label = place(wish, wish.radius + GAP);
    if (!isWithin(label, room) || taken.meets(label, AIR, null)) continue;
    if (!discs.meets(label, 0, own)) return label;
    if (!wish.wanted) continue;
    const covered = discs.count(label, own);
    if (best === null || covered < best.covered) best = { label, covered };
  }
  return best?.label ?? null;
}

/** The box around all nodes with `margin` around it: labels inside it are inside the view that shows everything. */
export function roomOf(wishes: readonly Wish[], margin: Point): Box {
  const xs = wishes.map((wish) => wish.at.x);
  const ys = wishes.map((wish) => wish.at.y);
  return { left: Math.min(...xs) - margin.x, right: Math.max(...xs) + margin.x, top: Math.min(...ys) - margin.y, bottom: Math.max(...ys) + margin.y };
}

/** Place as many labels as fit into `room`, or `most` of them. `shown` are those of the frame before: they win ties, so labels do not flicker. */
export function placedLabels(wishes: readonly Wish[], room: Box, shown: ReadonlySet<string> = new Set(), most = Infinity): Label[] {
  const [discs, taken] = [new Grid(), new Grid()];
  const ranked = wishes.map((wish) => ({ wish, own: discOf(wish), worth: wish.priority + (shown.has(wish.id) ? 0.15 : 0) }));
  for (const { own } of ranked) discs.add(own);
  const labels: Label[] = [];
  for (const { wish, own } of ranked.sort((a, b) => b.worth - a.worth || (a.wish.id < b.wish.id ? -1 : 1))) {
    if (labels.length >= most) break;
    const label = wish.width > 0 ? bestPlace(wish, own, room, taken, discs) : null;
    if (label) {
      taken.add(label);
      labels.push(label);
    }
  }
  return labels;
}

/** Break a text into at most `most` lines of about `widest` pixels; what does not fit ends in "…". */
export function brokenInto(text: string, most: number, widest: number, measure: (text: string) => number): string[] {
  const lines: string[] = [];
  let line = "";
  const words = text.split(" ");
  for (const [index, word] of words.entries()) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line === "" || measure(longer) <= widest) {
      line = longer;
      continue;
    }
    if (lines.length === most - 1) return [...lines, shortened(`${line} ${words.slice(index).join(" ")}`, widest, measure)];
    lines.push(shortened(line, widest, measure));
    line = word;
  }
  return [...lines, shortened(line, widest, measure)];
}

function shortened(text: string, widest: number, measure: (text: string) => number): string {
  if (measure(text) <= widest) return text;
  let [low, high] = [1, text.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (measure(`${text.slice(0, middle)}…`) <= widest) low = middle;
    else high = middle - 1;
  }
  return `${text.slice(0, low).replace(/[\s,;:–-]+$/u, "")}…`;
}
