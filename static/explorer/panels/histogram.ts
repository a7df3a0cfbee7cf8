/* How many works each year has, as bars; those outside the chosen years are faint. */

import type { Picture } from "../state/picture";
import { makeDrawing } from "./dom";

export interface Bar {
  readonly year: number;
  readonly count: number;
}

/** One bar for each year from the first to the last with a work, empty years too. */
export function barsOf(picture: Picture): readonly Bar[] {
  const counts = new Map<number, number>();
  for (const node of picture.nodes.values()) if (node.kind === "work" && node.year !== null) counts.set(node.year, (counts.get(node.year) ?? 0) + 1);
  if (counts.size === 0) return [];
  const [first, last] = [Math.min(...counts.keys()), Math.max(...counts.keys())];
  return Array.from({ length: last - first + 1 }, (_, i) => ({ year: first + i, count: counts.get(first + i) ?? 0 }));
}

const HEIGHT = 36;

export function histogram(bars: readonly Bar[], from: number | null, to: number | null): SVGElement {
  const most = Math.max(1, ...bars.map((bar) => bar.count));
  const drawn = bars.map((bar, place) => {
    const height = bar.count === 0 ? 0 : Math.max(2, (bar.count / most) * HEIGHT);
    const isIn = bar.year >= (from ?? -Infinity) && bar.year <= (to ?? Infinity);
    return makeDrawing("rect", { class: isIn ? "explorer__bar-in" : "explorer__bar-out", x: String(place + 0.1), y: String(HEIGHT - height), width: "0.8", height: String(height) });
  });
  return makeDrawing("svg", { class: "explorer__histogram", viewBox: `0 0 ${Math.max(1, bars.length)} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" }, ...drawn);
}

/** The years shown at each step of playing: from the first on, one year more each time. */
export function playSteps(bars: readonly Bar[]): readonly { readonly from: number; readonly to: number }[] {
  const first = bars[0]?.year;
  return first === undefined ? [] : bars.map((bar) => ({ from: first, to: bar.year }));
}
