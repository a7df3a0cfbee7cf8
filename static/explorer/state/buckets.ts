/* What a colour says about a node: its entry in the legend. Pure. */

import type { PictureNode } from "./picture";
import { linksOf, type Picture } from "./picture";
import type { State } from "./state";
import type { Colour } from "./values";

/** "group:2", "year:1", "level:3", "role:citing"; null where the colour says nothing about the node. */
export type Bucket = string;

const YEAR_STEPS = 5;

export function isYear(year: number | null | undefined): year is number {
  return typeof year === "number";
}

const dated = new WeakMap<Picture, ReadonlyMap<string, number>>();

/** The year of each node: a work's own; of all others the middle of what they are linked to. Nodes without any are left out. */
export function yearsOf(picture: Picture): ReadonlyMap<string, number> {
  const known = dated.get(picture);
  if (known) return known;
  const years = new Map<string, number>();
  for (const node of picture.nodes.values()) if (isYear(node.year)) years.set(node.id, node.year);
  for (const node of picture.nodes.values()) {
    if (node.kind === "work" || years.has(node.id)) continue;
    const near = linksOf(picture, node.id).flatMap(({ edge, other }) => {
      const work = picture.nodes.get(other);
      if (work?.kind === "work") return isYear(work.year) ? [work.year] : [];
      return isYear(edge.firstYear) && isYear(edge.lastYear) ? [(edge.firstYear + edge.lastYear) / 2] : [];
    });
    if (near.length > 0) years.set(node.id, Math.round(near.reduce((sum, year) => sum + year, 0) / near.length));
  }
  dated.set(picture, years);
  return years;
}

/** The years of the picture from the first to the last; null when nothing has a year. */
export function yearSpan(picture: Picture): readonly [number, number] | null {
  const years = [...yearsOf(picture).values()];
  return years.length === 0 ? null : [Math.min(...years), Math.max(...years)];
}

type Steps = readonly (readonly [number, number])[];
const stepped = new WeakMap<Picture, Steps>();

/** The spans of years that share a colour, the earliest first. */
export function yearSteps(picture: Picture): Steps {
  const known = stepped.get(picture) ?? stepsOf(picture);
  stepped.set(picture, known);
  return known;
}

function stepsOf(picture: Picture): Steps {
  const span = yearSpan(picture);
  if (span === null) return [];
  const length = Math.max(1, Math.ceil((span[1] - span[0] + 1) / YEAR_STEPS));
  const steps: [number, number][] = [];
  for (let from = span[0]; from <= span[1]; from += length) steps.push([from, Math.min(span[1], from + length - 1)]);
  return steps;
}

export type Role = "focus" | "citing" | "cited" | "both" | "further";

/** How a work stands to the focus: citing it, cited by it, or a step further. */
export function roleOf(picture: Picture, id: string): Role {
  if (id === picture.focus) return "focus";
  const ties = linksOf(picture, id).filter(({ edge, other }) => edge.kind === "cites" && other === picture.focus);
  const [citing, cited] = [ties.some(({ edge }) => edge.source === id), ties.some(({ edge }) => edge.target === id)];
  return citing && cited ? "both" : citing ? "citing" : cited ? "cited" : "further";
}

export function bucketOf(state: State, picture: Picture, node: PictureNode, colour: Colour = state.colour): Bucket | null {
  switch (colour) {
    case "kind":
      return null; // the kinds have switches of their own
    case "community": {
      const group = state.grouped === picture ? state.groups?.of.get(node.id) : undefined;
      return group === undefined ? null : `group:${group}`;
    }
    case "year": {
      const year = yearsOf(picture).get(node.id);
      const step = year === undefined ? -1 : yearSteps(picture).findIndex(([from, to]) => year >= from && year <= to);
      return step < 0 ? null : `year:${step}`;
    }
    case "level":
      return node.level === null ? null : `level:${node.level}`;
    case "citations":
      return node.kind === "work" ? `role:${roleOf(picture, node.id)}` : null;
  }
}
