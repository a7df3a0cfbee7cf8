/* Layouts that say something by the place itself: a time axis, and communities in a circle. Pure; run in the worker. */

import type { Arranged, Arrangement } from "./arrange";

const COLUMN = 128; // units between two years at least
const WIDEST_COLUMN = 300; // of few years
const WIDTH = 1_000;
const ROW = 40;
const MOST_ROWS = 11; // then a year gets a second column
const LANE = 44; // between the columns of one year
const MOST_STRETCH = 5;
const SPACING = 46;

/** Where a year stands on the time axis, and how far apart two years are. */
export interface Axis {
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

/** The axis for these years; the more a year holds the wider all are. null when nothing has a year. */
export function axisOf(years: Iterable<number>): Axis | null {
  const counts = new Map<number, number>();
  for (const year of years) if (!Number.isNaN(year)) counts.set(year, (counts.get(year) ?? 0) + 1);
  if (counts.size === 0) return null;
  const lanes = Math.ceil(Math.max(...counts.values()) / MOST_ROWS);
  const [first, last] = [Math.min(...counts.keys()), Math.max(...counts.keys())];
  return { first, last, step: Math.max(COLUMN, (lanes + 1) * LANE, Math.min(WIDEST_COLUMN, WIDTH / (last - first + 1))) };
}

export function yearAt(axis: Axis, year: number): number {
  return (year - (axis.first + axis.last) / 2) * axis.step;
}

/** 0, 1, -1, 2, -2 … */
function alternate(index: number): number {
  return index % 2 === 1 ? (index + 1) / 2 : -index / 2;
}

/** Years from left to right; what has none stands before the first. What is fixed stays. */
export function byYear(input: Arrangement): Arranged {
  const [x, y] = [input.x.slice(), input.y.slice()];
  const axis = axisOf(input.years ?? []) ?? { first: 0, last: 0, step: COLUMN };
  const taken = new Map<number, number>();
  // Large ones first: they come to stand in the middle.
  const order = [...x.keys()].sort((a, b) => Number(b === input.centre) - Number(a === input.centre) || (input.radius[b] ?? 0) - (input.radius[a] ?? 0) || a - b);
  const used: [number, number][] = order.filter((i) => input.fixed[i]).map((i) => [x[i] ?? 0, y[i] ?? 0]);
  for (const i of order) {
    if (input.fixed[i]) continue;
    const year = input.years?.[i] ?? Number.NaN;
    const column = Number.isNaN(year) ? axis.first - 1 : year;
    for (let slot = taken.get(column) ?? 0; ; slot++) {
      const lane = alternate(Math.floor(slot / MOST_ROWS));
      const at: [number, number] = [yearAt(axis, column) + lane * LANE, alternate(slot % MOST_ROWS) * ROW + (lane % 2 === 0 ? 0 : ROW / 2)];
      if (used.some(([ux, uy]) => Math.hypot(ux - at[0], uy - at[1]) < ROW * 0.6)) continue;
      taken.set(column, slot + 1);
      used.push(at);
      [x[i], y[i]] = at;
      break;
    }
  }
  if (!input.fixed.some((flag) => flag === 1)) heightened(x, y, input.aspect);
  return { x, y };
}

/** A long axis leaves room above and below: use it, within reason. */
function heightened(x: Float32Array, y: Float32Array, aspect: number): void {
  const [width, height] = [x, y].map((values) => Math.max(...values) - Math.min(...values)) as [number, number];
  const stretch = Math.min(MOST_STRETCH, Math.max(1, (0.72 * width) / Math.max(0.5, aspect) / Math.max(ROW, height)));
  for (const i of y.keys()) y[i] = (y[i] ?? 0) * stretch;
}

/** Each community a disc, the discs in a ring around the centre. */
export function inCircle(input: Arrangement): Arranged {
  const [x, y] = [input.x.slice(), input.y.slice()];
  const members = new Map<number, number[]>();
  for (const i of x.keys()) if (i !== input.centre) members.set(input.groups?.[i] ?? -1, [...(members.get(input.groups?.[i] ?? -1) ?? []), i]);
  const discs = [...members].sort(([a], [b]) => a - b).map(([, ids]) => ({ ids, radius: SPACING * 0.62 * Math.sqrt(ids.length) + SPACING * 0.6 }));
  const round = discs.reduce((sum, disc) => sum + 2 * disc.radius, 0);
  const distance = discs.length < 2 ? 0 : Math.max(round / (2 * Math.PI), ...discs.map((disc) => disc.radius * 1.2)) * 1.12;
  let turned = -Math.PI / 2;
  for (const { ids, radius } of discs) {
    const half = (radius / round) * 2 * Math.PI;
    turned += half;
    const middle = { x: Math.cos(turned) * distance * 1.25, y: Math.sin(turned) * distance };
    turned += half;
    const byRadius = [...ids].sort((a, b) => (input.radius[b] ?? 0) - (input.radius[a] ?? 0) || a - b);
    for (const [place, i] of byRadius.entries()) {
      if (input.fixed[i]) continue;
      const [angle, out] = [place * 2.399963, SPACING * 0.62 * Math.sqrt(place)];
      [x[i], y[i]] = [middle.x + Math.cos(angle) * out, middle.y + Math.sin(angle) * out];
    }
  }
  if (!input.fixed[input.centre]) [x[input.centre], y[input.centre]] = discs.length < 2 ? [-(discs[0]?.radius ?? 0) - SPACING, 0] : [0, 0];
  return { x, y };
}
