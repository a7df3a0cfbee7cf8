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

/** Finds what lies near a box without looking at everything. */
class Grid<T> {
  readonly #cells = new Map<number, T[]>();

  static #cell(x: number, y: number): number {
    return (Math.floor(x / CELL) + 50_000) * 100_000 + Math.floor(y / CELL) + 50_000;
  }

  *#of(box: Box): Generator<number> {
    for (let x = Math.floor(box.left / CELL); x <= Math.floor(box.right / CELL); x++) {
      for (let y = Math.floor(box.top / CELL); y <= Math.floor(box.bottom / CELL); y++) yield Grid.#cell(x * CELL, y * CELL);
    }
  }

  add(box: Box, item: T): void {
    for (const cell of this.#of(box)) {
      const items = this.#cells.get(cell);
      if (items) items.push(item);
      else this.#cells.set(cell, [item]);
    }
  }

  *near(box: Box): Generator<T> {
    for (const cell of this.#of(box)) yield* this.#cells.get(cell) ?? [];
  }
}

function boxAt(left: number, top: number, wish: Wish): Box {
  return { left, top, right: left + wish.width, bottom: top + wish.height };
}

/** The places around a node, the most readable first. */
function places(wish: Wish): Label[] {
  const { id, at, width, height } = wish;
  const reach = wish.radius + GAP;
  const slant = reach * 0.72;
  const right = { align: "left" as const, id };
  const left = { align: "right" as const, id };
  const middle = { align: "center" as const, id };
  return [
    { ...right, ...boxAt(at.x + reach, at.y - height / 2, wish) },
    { ...left, ...boxAt(at.x - reach - width, at.y - height / 2, wish) },
    { ...middle, ...boxAt(at.x - width / 2, at.y + reach, wish) },
    { ...middle, ...boxAt(at.x - width / 2, at.y - reach - height, wish) },
    { ...right, ...boxAt(at.x + slant, at.y + slant - height / 4, wish) },
    { ...right, ...boxAt(at.x + slant, at.y - slant - height * 0.75, wish) },
    { ...left, ...boxAt(at.x - slant - width, at.y + slant - height / 4, wish) },
    { ...left, ...boxAt(at.x - slant - width, at.y - slant - height * 0.75, wish) },
  ];
}

function discOf(wish: Wish): Box {
  const r = wish.radius;
  return { left: wish.at.x - r, right: wish.at.x + r, top: wish.at.y - r, bottom: wish.at.y + r };
}

function covered(box: Box, self: string, discs: Grid<Wish>): number {
  const found = new Set<string>();
  for (const disc of discs.near(box)) if (disc.id !== self && overlaps(box, discOf(disc))) found.add(disc.id);
  return found.size;
}

function isFree(box: Box, taken: Grid<Box>): boolean {
  for (const other of taken.near({ left: box.left - AIR, right: box.right + AIR, top: box.top - AIR, bottom: box.bottom + AIR })) {
    if (overlaps(box, other, AIR)) return false;
  }
  return true;
}

function isWithin(box: Box, room: Box): boolean {
  return box.left >= room.left && box.right <= room.right && box.top >= room.top && box.bottom <= room.bottom;
}

/** The first place that covers nothing; for a wanted label else the one that covers least. */
function bestPlace(wish: Wish, room: Box, taken: Grid<Box>, discs: Grid<Wish>): Label | null {
  let best: { label: Label; covered: number } | null = null;
  for (const label of places(wish)) {
    if (!isWithin(label, room) || !isFree(label, taken)) continue;
    const hidden = covered(label, wish.id, discs);
    if (hidden === 0) return label;
    if (best === null || hidden < best.covered) best = { label, covered: hidden };
  }
  return best !== null && wish.wanted ? best.label : null;
}

/** The box around all nodes with `margin` around it: labels inside it are inside the view that shows everything. */
export function roomOf(wishes: readonly Wish[], margin: Point): Box {
  const xs = wishes.map((wish) => wish.at.x);
  const ys = wishes.map((wish) => wish.at.y);
  return { left: Math.min(...xs) - margin.x, right: Math.max(...xs) + margin.x, top: Math.min(...ys) - margin.y, bottom: Math.max(...ys) + margin.y };
}

/** Place as many labels as fit into `room`. `shown` are those of the frame before: they win ties, so labels do not flicker. */
export function placedLabels(wishes: readonly Wish[], room: Box, shown: ReadonlySet<string> = new Set()): Label[] {
  const discs = new Grid<Wish>();
  for (const wish of wishes) discs.add(discOf(wish), wish);
  const taken = new Grid<Box>();
  const labels: Label[] = [];
  const worth = (wish: Wish): number => wish.priority + (shown.has(wish.id) ? 0.15 : 0);
  for (const wish of [...wishes].sort((a, b) => worth(b) - worth(a) || (a.id < b.id ? -1 : 1))) {
    const label = wish.width > 0 ? bestPlace(wish, room, taken, discs) : null;
    if (label) {
      taken.add(label, label);
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
