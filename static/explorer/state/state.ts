/* What the explorer knows besides where things stand. Actions make the next state; nothing else does. */

import { type Picture, collapsed, firstPicture, grown } from "./picture";
import type { Kind, Slice } from "../client/slice";

export type Shown = "picture" | "table";

export type Progress =
  | { readonly is: "loading"; readonly node: string }
  | { readonly is: "idle" }
  | { readonly is: "failed"; readonly node: string; readonly reason: string };

export interface State {
  readonly focus: string;
  readonly picture: Picture | null;
  readonly progress: Progress;
  readonly selected: string | null;
  readonly hovered: string | null;
  readonly hidden: ReadonlySet<Kind>;
  readonly pinned: ReadonlySet<string>;
  readonly query: string;
  readonly shown: Shown;
  /** Earlier pictures, the latest last. */
  readonly past: readonly Picture[];
}

export type Action =
  | { readonly type: "ask"; readonly node: string }
  | { readonly type: "load"; readonly slice: Slice }
  | { readonly type: "expand"; readonly node: string; readonly slice: Slice }
  | { readonly type: "fail"; readonly node: string; readonly reason: string }
  | { readonly type: "collapse"; readonly node: string }
  | { readonly type: "undo" }
  | { readonly type: "select"; readonly node: string | null }
  | { readonly type: "hover"; readonly node: string | null }
  | { readonly type: "toggleKind"; readonly kind: Kind }
  | { readonly type: "pin"; readonly node: string }
  | { readonly type: "unpin"; readonly node: string }
  | { readonly type: "search"; readonly query: string }
  | { readonly type: "show"; readonly shown: Shown };

const LONGEST_PAST = 8; // steps back; each holds a whole picture

export function startState(focus: string, chosen: { hidden?: Iterable<Kind>; shown?: Shown } = {}): State {
  return {
    focus,
    picture: null,
    progress: { is: "loading", node: focus },
    selected: null,
    hovered: null,
    hidden: new Set(chosen.hidden ?? []),
    pinned: new Set(),
    query: "",
    shown: chosen.shown ?? "picture",
    past: [],
  };
}

function without<T>(set: ReadonlySet<T>, one: T): ReadonlySet<T> {
  return new Set([...set].filter((other) => other !== one));
}

/** The state with another picture; what is no longer drawn is no longer selected, hovered or pinned. */
function withPicture(state: State, picture: Picture, past: readonly Picture[]): State {
  const kept = (id: string | null): string | null => (id !== null && picture.nodes.has(id) ? id : null);
  return {
    ...state,
    picture,
    past: past.slice(-LONGEST_PAST),
    selected: kept(state.selected),
    hovered: kept(state.hovered),
    pinned: new Set([...state.pinned].filter((id) => picture.nodes.has(id))),
  };
}

function remembered(state: State): readonly Picture[] {
  return state.picture ? [...state.past, state.picture] : state.past;
}

function toggled(hidden: ReadonlySet<Kind>, kind: Kind): ReadonlySet<Kind> {
  return hidden.has(kind) ? without(hidden, kind) : new Set([...hidden, kind]);
}

export function reduce(state: State, action: Action): State {
  switch (action.type) {
    case "ask":
      return { ...state, progress: { is: "loading", node: action.node } };
    case "load":
      return { ...withPicture(state, firstPicture(action.slice), []), focus: action.slice.focus, progress: { is: "idle" } };
    case "expand":
      if (!state.picture?.nodes.has(action.node)) return { ...state, progress: { is: "idle" } };
      return { ...withPicture(state, grown(state.picture, action.node, action.slice), remembered(state)), progress: { is: "idle" } };
    case "fail":
      return { ...state, progress: { is: "failed", node: action.node, reason: action.reason } };
    case "collapse":
      if (!state.picture?.expanded.includes(action.node)) return state;
      return withPicture(state, collapsed(state.picture, action.node), remembered(state));
    case "undo": {
      const before = state.past.at(-1);
      return before ? withPicture(state, before, state.past.slice(0, -1)) : state;
    }
    case "select":
      return state.selected === action.node ? state : { ...state, selected: action.node };
    case "hover":
      return state.hovered === action.node ? state : { ...state, hovered: action.node };
    case "toggleKind":
      return { ...state, hidden: toggled(state.hidden, action.kind), hovered: null };
    case "pin":
      return state.pinned.has(action.node) ? state : { ...state, pinned: new Set([...state.pinned, action.node]) };
    case "unpin":
      return { ...state, pinned: without(state.pinned, action.node) };
    case "search":
      return { ...state, query: action.query };
    case "show":
      return { ...state, shown: action.shown };
  }
}

/** Whether a node is drawn and listed: the focus and the selection always are. */
export function isVisible(state: State, id: string): boolean {
  const node = state.picture?.nodes.get(id);
  return node !== undefined && (!state.hidden.has(node.kind) || id === state.focus || id === state.selected);
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
}
