/* The part of the state that a copied address opens again. */

import { KINDS, type Kind } from "./slice";
import type { Shown, State } from "../state/state";

export interface Addressed {
  readonly focus: string | null;
  readonly expanded: readonly string[];
  readonly hidden: readonly Kind[];
  readonly selected: string | null;
  readonly shown: Shown;
}

const NODE = new RegExp(`^(${KINDS.join("|")}):[1-9]\\d{0,17}$`);
const MOST_EXPANDED = 24;

export function isNodeId(id: string): boolean {
  return NODE.test(id);
}

function listed(value: string | null): string[] {
  return [...new Set((value ?? "").split(",").filter((part) => part !== ""))];
}

/** Named in `hidden=`, or not named in a `kinds=` that names what to show. */
function isHidden(kind: Kind, params: URLSearchParams): boolean {
  const shown = listed(params.get("kinds"));
  return listed(params.get("hidden")).includes(kind) || (shown.length > 0 && !shown.includes(kind));
}

/** Read `?focus=…&expanded=…&hidden=…&selected=…&view=table`; what makes no sense is left out. */
export function readAddress(query: string): Addressed {
  const params = new URLSearchParams(query);
  const focus = params.get("focus");
  const selected = params.get("selected");
  return {
    focus: focus !== null && isNodeId(focus) ? focus : null,
    expanded: listed(params.get("expanded")).filter(isNodeId).slice(0, MOST_EXPANDED),
    hidden: KINDS.filter((kind) => isHidden(kind, params)),
    selected: selected !== null && isNodeId(selected) ? selected : null,
    shown: params.get("view") === "table" ? "table" : "picture",
  };
}

/** Write the address of a state, colons and commas readable: `?focus=researcher:12&expanded=work:3,work:9`. */
export function writeAddress(state: State): string {
  const parts = [`focus=${state.focus}`];
  const expanded = state.picture?.expanded.slice(0, MOST_EXPANDED) ?? [];
  if (expanded.length > 0) parts.push(`expanded=${expanded.join(",")}`);
  const hidden = KINDS.filter((kind) => state.hidden.has(kind));
  if (hidden.length > 0) parts.push(`hidden=${hidden.join(",")}`);
  if (state.selected !== null) parts.push(`selected=${state.selected}`);
  if (state.shown === "table") parts.push("view=table");
  return `?${parts.join("&")}`;
}
