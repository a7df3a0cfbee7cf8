/* What the explorer knows. Actions make the next state; nothing else does. */

import type { Kind } from "../client/slice";
import type { Point } from "../scene/camera";
import type { History } from "./history";
import type { Picture } from "./picture";
import { type Colour, type Filters, type Groups, type Layout, NO_FILTERS, type Shown, type Size, type Way } from "./values";

export type Progress =
  | { readonly is: "loading"; readonly node: string }
  | { readonly is: "idle" }
  | { readonly is: "failed"; readonly node: string; readonly reason: string; readonly again: boolean };

/** What the reader has made of the picture. Every change of it can be undone and done again. */
export interface Chosen {
  readonly focus: string;
  readonly picture: Picture | null;
  /** Where each node is to stand. */
  readonly places: ReadonlyMap<string, Point>;
  /** In the order of selection; the last one is the one the panel tells about. */
  readonly selected: readonly string[];
  readonly hiddenKinds: ReadonlySet<Kind>;
  readonly hiddenNodes: ReadonlySet<string>;
  /** Entries of the legend that are switched off, by their names in buckets.ts. */
  readonly muted: ReadonlySet<string>;
  /** Nodes held in place, and where. */
  readonly pinned: ReadonlyMap<string, Point>;
  readonly filters: Filters;
  readonly colour: Colour;
  readonly size: Size;
  readonly layout: Layout;
  readonly way: Way | null;
}

export interface State extends Chosen {
  readonly progress: Progress;
  readonly hovered: string | null;
  readonly hoveredEdge: string | null;
  readonly query: string;
  readonly shown: Shown;
  /** Frozen: what stands stays, new nodes take their places beside what brought them. */
  readonly frozen: boolean;
  /** The communities of `grouped`; worked out when first asked for. */
  readonly groups: Groups | null;
  readonly grouped: Picture | null;
  readonly past: History;
  readonly future: History;
  /** Names the last change while more of the same kind still belongs to it: a slider drawn along is one step. */
  readonly going: string | null;
}

export type Start = Partial<Omit<Chosen, "focus" | "picture" | "places" | "way">> & { readonly shown?: Shown };

export function startState(focus: string, start: Start = {}): State {
  return {
    focus,
    picture: null,
    places: new Map(),
    selected: [],
    hiddenKinds: new Set(),
    hiddenNodes: new Set(),
    muted: new Set(),
    pinned: new Map(),
    filters: NO_FILTERS,
    colour: "kind",
    size: "weight",
    layout: "force",
    way: null,
    progress: { is: "loading", node: focus },
    hovered: null,
    hoveredEdge: null,
    query: "",
    shown: "picture",
    frozen: false,
    groups: null,
    grouped: null,
    past: [],
    future: [],
    going: null,
    ...start,
  };
}

export function chosenOf(state: State): Chosen {
  const { focus, picture, places, selected, hiddenKinds, hiddenNodes, muted, pinned, filters, colour, size, layout, way } = state;
  return { focus, picture, places, selected, hiddenKinds, hiddenNodes, muted, pinned, filters, colour, size, layout, way };
}

/** The node the panel tells about: the last one selected that is drawn. */
export function primary(state: State): string | null {
  return state.selected.findLast((id) => state.picture?.nodes.has(id)) ?? null;
}
