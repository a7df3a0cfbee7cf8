/* Every action by name, what each makes of the state, and undo. Pure. */

import type { Kind, Slice, SliceEdge, SliceNode } from "../client/slice";
import type { Point } from "../scene/camera";
import { popped, pushed } from "./history";
import { type Picture, collapsed, edgeKey, firstPicture, grown, isExpanded, joined } from "./picture";
import { type Chosen, type Start, type State, chosenOf, startState } from "./state";
import type { Colour, Filters, Groups, Layout, Shown, Size } from "./values";

export type Places = ReadonlyMap<string, Point>;

/** What can be undone. */
export type Change =
  | { readonly type: "load"; readonly slice: Slice; readonly places?: Places; readonly step?: boolean }
  | { readonly type: "expand"; readonly node: string; readonly slice: Slice; readonly kind?: Kind; readonly places?: Places }
  | { readonly type: "collapse"; readonly node: string }
  | { readonly type: "connect"; readonly nodes: readonly SliceNode[]; readonly edges: readonly SliceEdge[]; readonly places?: Places }
  | { readonly type: "disconnect" }
  | { readonly type: "select"; readonly nodes: readonly string[]; readonly walk?: boolean }
  | { readonly type: "hide"; readonly nodes: readonly string[] }
  | { readonly type: "unhide"; readonly nodes?: readonly string[] }
  | { readonly type: "toggleKind"; readonly kind: Kind }
  | { readonly type: "toggleBucket"; readonly bucket: string }
  | { readonly type: "pin"; readonly node: string; readonly at: Point }
  | { readonly type: "unpin"; readonly node: string }
  | { readonly type: "filter"; readonly filters: Partial<Filters> }
  | { readonly type: "colour"; readonly colour: Colour }
  | { readonly type: "size"; readonly size: Size }
  | { readonly type: "layout"; readonly layout: Layout };

/** What passes by, or comes from outside. */
export type Event =
  | { readonly type: "restore"; readonly focus: string; readonly start: Start }
  | { readonly type: "ask"; readonly node: string }
  | { readonly type: "rest" }
  | { readonly type: "fail"; readonly node: string; readonly reason: string; readonly again?: boolean }
  | { readonly type: "placed"; readonly places: Places }
  | { readonly type: "grouped"; readonly picture: Picture; readonly groups: Groups }
  | { readonly type: "hover"; readonly node: string | null; readonly edge?: string | null }
  | { readonly type: "search"; readonly query: string }
  | { readonly type: "show"; readonly shown: Shown }
  | { readonly type: "freeze"; readonly frozen: boolean }
  | { readonly type: "undo" }
  | { readonly type: "redo" };

export type Action = Change | Event;

function toggled<T>(set: ReadonlySet<T>, one: T): ReadonlySet<T> {
  const next = new Set(set);
  if (!next.delete(one)) next.add(one);
  return next;
}

/** The same with another picture; what is no longer drawn is no longer selected. */
function withPicture(chosen: Chosen, picture: Picture, places: Places = chosen.places): Chosen {
  const selected = chosen.selected.filter((id) => picture.nodes.has(id) || !chosen.picture?.nodes.has(id));
  const holds = chosen.way?.nodes.every((id) => picture.nodes.has(id)) ?? true;
  return { ...chosen, picture, places, selected: selected.length === chosen.selected.length ? chosen.selected : selected, way: holds ? chosen.way : null };
}

/** The same without the places of what is no longer drawn; what is held keeps its place for when it comes again. */
function withoutPlaces(chosen: Chosen): Chosen {
  const places = new Map([...chosen.places].filter(([id]) => chosen.picture?.nodes.has(id) || chosen.pinned.has(id)));
  return places.size === chosen.places.size ? chosen : { ...chosen, places };
}

function recentred(chosen: Chosen, picture: Picture, places: Places): Chosen {
  return { ...chosen, focus: picture.focus, picture, places, selected: [], pinned: new Map(), hiddenNodes: new Set(), muted: new Set(), way: null };
}

function hidden(chosen: Chosen, nodes: readonly string[]): Chosen {
  const going = nodes.filter((id) => id !== chosen.focus && !chosen.hiddenNodes.has(id) && chosen.picture?.nodes.has(id));
  if (going.length === 0) return chosen;
  return { ...chosen, hiddenNodes: new Set([...chosen.hiddenNodes, ...going]), selected: chosen.selected.filter((id) => !going.includes(id)) };
}

function unhidden(chosen: Chosen, nodes: readonly string[] | undefined): Chosen {
  if (chosen.hiddenNodes.size === 0) return chosen;
  return { ...chosen, hiddenNodes: new Set(nodes ? [...chosen.hiddenNodes].filter((id) => !nodes.includes(id)) : []) };
}

function filtered(chosen: Chosen, changes: Partial<Filters>): Chosen {
  const names = Object.keys(changes) as (keyof Filters)[];
  return names.every((name) => changes[name] === chosen.filters[name]) ? chosen : { ...chosen, filters: { ...chosen.filters, ...changes } };
}

/** What a change makes of the reader's choices; the same object where nothing changes. */
export function changed(chosen: Chosen, action: Change): Chosen {
  const { picture } = chosen;
  switch (action.type) {
    case "load": {
      const [next, places] = [firstPicture(action.slice), action.places ?? new Map<string, Point>()];
      return action.step ? recentred(chosen, next, places) : { ...chosen, focus: next.focus, picture: next, places };
    }
    case "expand":
      return picture ? withPicture(chosen, grown(picture, action.node, action.slice, action.kind), action.places) : chosen;
    case "collapse":
      return picture && isExpanded(picture, action.node) ? withoutPlaces(withPicture(chosen, collapsed(picture, action.node))) : chosen;
    case "connect":
      if (!picture) return chosen;
      return { ...withPicture(chosen, joined(picture, action), action.places), way: { nodes: action.nodes.map((node) => node.id), edges: action.edges.map(edgeKey) } };
    case "disconnect":
      return chosen.way ? { ...chosen, way: null } : chosen;
    case "select":
      return action.nodes.join() === chosen.selected.join() ? chosen : { ...chosen, selected: [...new Set(action.nodes)] };
    case "hide":
      return hidden(chosen, action.nodes);
    case "unhide":
      return unhidden(chosen, action.nodes);
    case "toggleKind":
      return { ...chosen, hiddenKinds: toggled(chosen.hiddenKinds, action.kind) };
    case "toggleBucket":
      return { ...chosen, muted: toggled(chosen.muted, action.bucket) };
    case "pin":
      return { ...chosen, pinned: new Map(chosen.pinned).set(action.node, action.at), places: new Map(chosen.places).set(action.node, action.at) };
    case "unpin":
      return chosen.pinned.has(action.node) ? { ...chosen, pinned: new Map([...chosen.pinned].filter(([id]) => id !== action.node)) } : chosen;
    case "filter":
      return filtered(chosen, action.filters);
    case "colour":
      return chosen.colour === action.colour ? chosen : { ...chosen, colour: action.colour, muted: new Set() };
    case "size":
      return chosen.size === action.size ? chosen : { ...chosen, size: action.size };
    case "layout":
      return chosen.layout === action.layout ? chosen : { ...chosen, layout: action.layout };
  }
}

const WORDS: Readonly<Record<Change["type"], string>> = {
  load: "another centre", expand: "an expansion", collapse: "a collapse", connect: "a path", disconnect: "a path taken away", select: "a selection", hide: "hiding", unhide: "showing again",
  toggleKind: "a kind shown or hidden", toggleBucket: "a filter of the legend", pin: "a place", unpin: "a release", filter: "a filter", colour: "colours", size: "sizes", layout: "a layout",
}; // prettier-ignore

/** Names a run of changes that make one step together; null for a change that stands alone. */
function runOf(action: Change): string | null {
  if (action.type === "filter") return `filter ${Object.keys(action.filters).sort().join()}`;
  return action.type === "select" && action.walk ? "walk" : null;
}

const RESTING = { progress: { is: "idle" } } as const;

function changedState(state: State, action: Change): State {
  const before = chosenOf(state);
  const next = changed(before, action);
  const answers = action.type === "load" || action.type === "expand" || action.type === "connect" ? RESTING : {};
  if (next === before) return answers === RESTING && state.progress.is !== "idle" ? { ...state, ...RESTING } : state;
  if (action.type === "load" && !action.step) return { ...state, ...next, ...RESTING, hovered: null, past: [], future: [], going: null };
  const run = runOf(action);
  const goesOn = run !== null && run === state.going;
  const past = goesOn ? state.past : pushed(state.past, before, WORDS[action.type]);
  const hovered = state.hovered !== null && next.picture?.nodes.has(state.hovered) ? state.hovered : null;
  return { ...state, ...next, ...answers, hovered: action.type === "toggleKind" ? null : hovered, past, future: [], going: run };
}

function stepped(state: State, from: "past" | "future"): State {
  const step = popped(state[from]);
  if (!step) return state;
  const to = from === "past" ? "future" : "past";
  return { ...state, ...step.chosen, hovered: null, hoveredEdge: null, [from]: step.rest, [to]: pushed(state[to], chosenOf(state), step.words), going: null };
}

export function reduce(state: State, action: Action): State {
  switch (action.type) {
    case "restore":
      return { ...startState(action.focus, action.start), picture: state.picture, places: state.places, frozen: state.frozen };
    case "ask":
      return { ...state, progress: { is: "loading", node: action.node } };
    case "rest":
      return { ...state, ...RESTING };
    case "fail":
      return { ...state, progress: { is: "failed", node: action.node, reason: action.reason, again: action.again ?? true } };
    case "placed":
      return { ...state, places: action.places };
    case "grouped":
      return { ...state, groups: action.groups, grouped: action.picture };
    case "hover": {
      const edge = action.edge ?? null;
      return state.hovered === action.node && state.hoveredEdge === edge ? state : { ...state, hovered: action.node, hoveredEdge: edge };
    }
    case "search":
      return { ...state, query: action.query };
    case "show":
      return { ...state, shown: action.shown };
    case "freeze":
      return { ...state, frozen: action.frozen };
    case "undo":
      return stepped(state, "past");
    case "redo":
      return stepped(state, "future");
    default:
      return changedState(state, action);
  }
}

export type Listener = (state: State, before: State) => void;

/** Holds the one state and tells listeners after each change. */
export class Store {
  #state: State;
  readonly #listeners = new Set<Listener>();

  constructor(state: State) {
    this.#state = state;
  }

  get state(): State {
    return this.#state;
  }

  dispatch(action: Action): void {
    const before = this.#state;
    this.#state = reduce(before, action);
    if (this.#state !== before) for (const listener of this.#listeners) listener(this.#state, before);
  }

  listen(listener: Listener): void {
    this.#listeners.add(listener);
  }

  /** Let go of everything: who still holds the store holds no picture. */
  destroy(): void {
    this.#listeners.clear();
    this.#state = startState(this.#state.focus);
  }
}
