/* Where the reader looks: pure functions between the plane of the picture and the pixels of the stage. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The point of the plane in the middle of the stage, and pixels per unit. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly k: number;
}

/** Room on each side of the stage that controls cover, in pixels. */
export interface Insets {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

export const NO_INSETS: Insets = { top: 0, right: 0, bottom: 0, left: 0 };
const SMALLEST = 0.04;
const LARGEST = 8;
const LARGEST_FIT = 1.5;

export function toStage(view: View, size: Size, point: Point): Point {
  return { x: (point.x - view.x) * view.k + size.width / 2, y: (point.y - view.y) * view.k + size.height / 2 };
}

export function toPlane(view: View, size: Size, point: Point): Point {
  return { x: (point.x - size.width / 2) / view.k + view.x, y: (point.y - size.height / 2) / view.k + view.y };
}

function clamped(k: number): number {
  return Math.min(LARGEST, Math.max(SMALLEST, k));
}

/** Zoom by `factor`; the point under `at` (in pixels) stays where it is. */
export function zoomed(view: View, size: Size, at: Point, factor: number): View {
  const k = clamped(view.k * factor);
  const fixed = toPlane(view, size, at);
  return { x: fixed.x - (at.x - size.width / 2) / k, y: fixed.y - (at.y - size.height / 2) / k, k };
}

export function panned(view: View, dx: number, dy: number): View {
  return { x: view.x - dx / view.k, y: view.y - dy / view.k, k: view.k };
}

/** The view that shows all `points` inside the insets; small pictures are not blown up. */
export function fitted(points: Iterable<Point>, size: Size, insets: Insets): View {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const point of points) {
    left = Math.min(left, point.x);
    right = Math.max(right, point.x);
    top = Math.min(top, point.y);
    bottom = Math.max(bottom, point.y);
  }
  if (left > right) return { x: 0, y: 0, k: 1 };
  const room = { width: Math.max(60, size.width - insets.left - insets.right), height: Math.max(60, size.height - insets.top - insets.bottom) };
  const k = clamped(Math.min(LARGEST_FIT, room.width / Math.max(1, right - left), room.height / Math.max(1, bottom - top)));
  return {
    x: (left + right) / 2 + (insets.right - insets.left) / 2 / k,
    y: (top + bottom) / 2 + (insets.bottom - insets.top) / 2 / k,
    k,
  };
}

/** The view with `point` inside the insets: unchanged if it is there already, else centred on it. */
export function showing(view: View, size: Size, point: Point, insets: Insets): View {
  const at = toStage(view, size, point);
  const margin = 40;
  const inside =
    at.x >= insets.left + margin && at.x <= size.width - insets.right - margin && at.y >= insets.top + margin && at.y <= size.height - insets.bottom - margin;
  if (inside) return view;
  return { x: point.x + (insets.right - insets.left) / 2 / view.k, y: point.y + (insets.bottom - insets.top) / 2 / view.k, k: view.k };
}

/** Between two views at `t` in 0..1, eased; zoom goes by ratio so that it feels even. */
export function between(from: View, to: View, t: number): View {
  const e = t * t * (3 - 2 * t);
  return { x: from.x + (to.x - from.x) * e, y: from.y + (to.y - from.y) * e, k: from.k * (to.k / from.k) ** e };
}
