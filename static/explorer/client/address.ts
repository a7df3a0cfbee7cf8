/* The part of the state that a copied address opens again. Short, bounded, with a version of its own. */

import type { Point } from "../scene/camera";
import type { Start, State } from "../state/state";
import { COLOURS, type Colour, type Filters, LAYOUTS, type Layout, NO_FILTERS, SIZES } from "../state/values";
import { isNodeId, listed, stepsUnlisted, unlisted } from "./names";
import { KINDS, type Kind } from "./slice";

export const VERSION = 1;

export interface Addressed {
  readonly focus: string | null;
  /** Expansions in order (as in Picture); nodes that are not drawn are further focuses. */
  readonly expanded: readonly string[];
  readonly start: Start;
  /** The ends of a path to find again. */
  readonly path: readonly [string, string] | null;
  /** Made by a later version: only its start is understood. */
  readonly isNewer: boolean;
}

const MOST = { expanded: 24, hidden: 120, pinned: 60, selected: 30, muted: 12 } as const;
const FARTHEST = 100_000;
const BUCKET = /^(?:group|year|level):\d{1,2}$|^role:[a-z]{4,7}$/;

function oneOf<T extends string>(value: string | null, allowed: readonly T[], otherwise: T): T {
  return allowed.find((one) => one === value) ?? otherwise;
}

/** Named in `hidden=`, or not named in a `kinds=` that names what to show. */
function isHidden(kind: Kind, params: URLSearchParams): boolean {
  const [shown, hidden] = ["kinds", "hidden"].map((name) => (params.get(name) ?? "").split(",").filter((part) => part !== "")) as [string[], string[]];
  return hidden.includes(kind) || (shown.length > 0 && !shown.includes(kind));
}

function readYear(text: string | undefined): number | null {
  return text !== undefined && /^\d{3,4}$/.test(text) ? Number(text) : null;
}

function readFilters(params: URLSearchParams): Filters {
  const [from, to] = (params.get("years") ?? "").split("-", 2);
  const weight = Number(params.get("weight"));
  const record = (kind: "topic" | "institution"): string | null => {
    const id = `${kind}:${params.get(kind) ?? ""}`;
    return isNodeId(id) ? id : null;
  };
  return {
    from: readYear(from),
    to: readYear(to),
    weight: Number.isInteger(weight) && weight > 1 && weight <= 999 ? weight : NO_FILTERS.weight,
    topic: record("topic"),
    institution: record("institution"),
  };
}

function readPins(value: string | null): Map<string, Point> {
  const pins = new Map<string, Point>();
  for (const part of (value ?? "").split(",", MOST.pinned)) {
    const [id = "", x, y] = part.split("~", 3);
    const at = { x: Number(x), y: Number(y) };
    if (isNodeId(id) && x !== undefined && y !== undefined && Math.abs(at.x) < FARTHEST && Math.abs(at.y) < FARTHEST) pins.set(id, at);
  }
  return pins;
}

/** Read an address; what makes no sense is left out. `defaults` hold where the address says nothing. */
export function readAddress(query: string, defaults: { colour?: Colour; layout?: Layout } = {}): Addressed {
  const params = new URLSearchParams(query);
  const isNewer = Number(params.get("v") ?? VERSION) > VERSION;
  const [focus = null, ...others] = unlisted(params.get("focus"), MOST.expanded);
  const path = (params.get("path") ?? "").split("~", 2);
  if (isNewer) return { focus, expanded: [], start: {}, path: null, isNewer };
  return {
    focus,
    expanded: [...others, ...stepsUnlisted(params.get("expanded"), MOST.expanded)].slice(0, MOST.expanded),
    start: {
      selected: unlisted(params.get("selected"), MOST.selected),
      hiddenKinds: new Set(KINDS.filter((kind) => isHidden(kind, params))),
      hiddenNodes: new Set(unlisted(params.get("without"), MOST.hidden)),
      muted: new Set((params.get("off") ?? "").split(",", MOST.muted).filter((bucket) => BUCKET.test(bucket))),
      pinned: readPins(params.get("pins")),
      filters: readFilters(params),
      colour: oneOf(params.get("colour"), COLOURS, defaults.colour ?? "kind"),
      size: oneOf(params.get("size"), SIZES, "weight"),
      layout: oneOf(params.get("layout"), LAYOUTS, defaults.layout ?? "force"),
      shown: params.get("view") === "table" ? "table" : "picture",
    },
    path: path.length === 2 && path.every(isNodeId) ? (path as [string, string]) : null,
    isNewer,
  };
}

function years({ from, to }: Filters): string {
  return from === null && to === null ? "" : `${from ?? ""}-${to ?? ""}`;
}

function keyOf(id: string | null): string {
  return id?.split(":")[1] ?? "";
}

/** The same address with the name of the saved view that was opened, as long as its focus is the same: a page loaded again keeps its title. */
export function withSaved(address: string, before: string): string {
  const [now, then] = [new URLSearchParams(address), new URLSearchParams(before)];
  const saved = then.get("saved") ?? "";
  const isSame = unlisted(then.get("focus"), 1)[0] === now.get("focus");
  return isSame && /^\d{1,17}$/.test(saved) ? `${address}&saved=${saved}` : address;
}

/** Write the address of a state, colons and commas readable: `?focus=researcher:12&v=1&expanded=work:3,9`. */
export function writeAddress(state: State): string {
  const { filters, picture } = state;
  const drawn = (ids: Iterable<string>): string[] => [...ids].filter((id) => picture?.nodes.has(id));
  const pins = [...state.pinned].filter(([id]) => picture?.nodes.has(id)).slice(-MOST.pinned);
  const values: readonly (readonly [string, string])[] = [
    ["expanded", listed(picture?.expanded.slice(0, MOST.expanded) ?? [])],
    ["hidden", KINDS.filter((kind) => state.hiddenKinds.has(kind)).join()],
    ["without", listed(drawn(state.hiddenNodes).slice(-MOST.hidden))],
    ["off", [...state.muted].slice(0, MOST.muted).join()],
    ["years", years(filters)],
    ["weight", filters.weight > 1 ? String(filters.weight) : ""],
    ["topic", keyOf(filters.topic)],
    ["institution", keyOf(filters.institution)],
    ["colour", state.colour === "kind" ? "" : state.colour],
    ["size", state.size === "weight" ? "" : state.size],
    ["layout", state.layout === "force" ? "" : state.layout],
    ["pins", pins.map(([id, at]) => `${id}~${Math.round(at.x)}~${Math.round(at.y)}`).join()],
    ["path", state.way ? [state.way.nodes[0], state.way.nodes.at(-1)].join("~") : ""],
    ["selected", listed(drawn(state.selected).slice(-MOST.selected))],
    ["view", state.shown === "table" ? "table" : ""],
  ];
  const parts = values.filter(([, value]) => value !== "").map(([name, value]) => `${name}=${value}`);
  return `?${[`focus=${state.focus}`, ...(parts.length > 0 ? [`v=${VERSION}`, ...parts] : [])].join("&")}`;
}
