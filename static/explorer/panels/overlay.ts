/* What places mean, written over the picture: the years of the time axis, the names of communities in a circle. */

import { type Point, type Size, type View, toStage } from "../scene/camera";
import { axisOf, yearAt } from "../scene/layouts";
import { yearsOf } from "../state/buckets";
import type { State } from "../state/state";
import { make } from "./dom";

interface Sign {
  readonly element: HTMLElement;
  readonly at: Point;
  readonly isYear: boolean;
}

const MOST_YEARS = 14;
const ABOVE = 34; // pixels between the topmost member of a community and its name

function yearSigns(state: State): Sign[] {
  const axis = state.picture ? axisOf(yearsOf(state.picture).values()) : null;
  if (!axis) return [];
  const every = Math.ceil((axis.last - axis.first + 1) / MOST_YEARS);
  const years = Array.from({ length: axis.last - axis.first + 1 }, (_, i) => axis.first + i).filter((year) => (year - axis.first) % every === 0);
  return years.map((year) => ({ element: make("span", { class: "explorer__year" }, String(year)), at: { x: yearAt(axis, year), y: 0 }, isYear: true }));
}

function groupSigns(state: State): Sign[] {
  const { groups, places } = state;
  return (groups?.names ?? []).flatMap((name, group) => {
    const members = [...(groups?.of ?? [])].flatMap(([id, of]) => (of === group ? (places.get(id) ?? []) : []));
    if (members.length === 0) return [];
    const x = members.reduce((sum, at) => sum + at.x, 0) / members.length;
    return [{ element: make("span", { class: "explorer__group-name" }, name), at: { x, y: Math.min(...members.map((at) => at.y)) }, isYear: false }];
  });
}

export class Overlay {
  readonly element = make("div", { class: "explorer__signs", "aria-hidden": "true" });
  #signs: readonly Sign[] = [];

  show(state: State): void {
    this.#signs = state.layout === "year" ? yearSigns(state) : state.layout === "circle" && state.grouped === state.picture ? groupSigns(state) : [];
    this.element.replaceChildren(...this.#signs.map((sign) => sign.element));
  }

  /** Follow the camera. */
  move(view: View, size: Size): void {
    for (const { element, at, isYear } of this.#signs) {
      const there = toStage(view, size, at);
      element.hidden = there.x < -80 || there.x > size.width + 80;
      element.style.transform = `translate(${Math.round(there.x)}px, ${isYear ? 0 : Math.round(there.y - ABOVE)}px) translateX(-50%)`;
    }
  }
}
