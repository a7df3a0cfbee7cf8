/* What a reader can choose, by name. The address, the menus and the reducers use the same names. */

export const COLOURS = ["kind", "community", "year", "level", "citations"] as const;
/** What the colour of a node says. "citations" tells citing from cited works. */
export type Colour = (typeof COLOURS)[number];

export const SIZES = ["weight", "citations", "degree"] as const;
export type Size = (typeof SIZES)[number];

export const LAYOUTS = ["force", "year", "circle"] as const;
export type Layout = (typeof LAYOUTS)[number];

export type Shown = "picture" | "table";

export interface Filters {
  readonly from: number | null;
  readonly to: number | null;
  /** Collaborations of fewer shared works are left out. */
  readonly weight: number;
  readonly topic: string | null;
  readonly institution: string | null;
}

export const NO_FILTERS: Filters = { from: null, to: null, weight: 1, topic: null, institution: null };

export function isFiltering(filters: Filters): boolean {
  return (Object.keys(NO_FILTERS) as (keyof Filters)[]).some((name) => filters[name] !== NO_FILTERS[name]);
}

/** A way between two nodes: the nodes in order, and the keys of the edges between them. */
export interface Way {
  readonly nodes: readonly string[];
  readonly edges: readonly string[];
}

/** Who belongs together in one picture, and what each group is called: its number and what it is named after. They stand by size, the largest first. */
export interface Groups {
  readonly of: ReadonlyMap<string, number>;
  readonly names: readonly string[];
}
