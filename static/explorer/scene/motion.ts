/* Things on their way: nodes that glide to new places, the camera that flies to a new view. Pure but for the time given. */

import { type Point, type View, between } from "./camera";
import type { Places } from "./scene";

export const CAMERA_TIME = 200;
const GLIDE_TIME = 650;

export interface Glide {
  readonly from: Places;
  readonly to: Places;
  readonly start: number;
  /** Whether the camera keeps the whole in view. */
  readonly follow: boolean;
}

export interface Flight {
  readonly from: View;
  readonly to: View;
  readonly start: number;
  readonly time: number;
}

function share(time: number, start: number, length: number): number {
  return Math.min(1, Math.max(0, (time - start) / length));
}

/** Where gliding nodes are at `time`; `done` when they have arrived. */
export function glided(glide: Glide, time: number): { places: Places; done: boolean } {
  const t = share(time, glide.start, GLIDE_TIME);
  if (t === 1) return { places: glide.to, done: true };
  const eased = 1 - (1 - t) ** 3;
  const places = new Map<string, Point>();
  for (const [id, to] of glide.to) {
    const from = glide.from.get(id) ?? to;
    places.set(id, { x: from.x + (to.x - from.x) * eased, y: from.y + (to.y - from.y) * eased });
  }
  return { places, done: false };
}

export function flown(flight: Flight, time: number): { view: View; done: boolean } {
  const t = share(time, flight.start, flight.time);
  return { view: between(flight.from, flight.to, t), done: t === 1 };
}
