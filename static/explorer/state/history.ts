/* Undo keeps many pictures that are nearly the same. A history holds its latest step whole; of each earlier one only what differs from the step after it. Pure. */

import type { Point } from "../scene/camera";
import type { Picture, PictureEdge, PictureNode } from "./picture";
import type { Chosen } from "./state";

/** What a list has of its own between the parts it shares with another list at both ends. */
interface Splice<T> {
  readonly head: number;
  readonly own: readonly T[];
  readonly tail: number;
}

/** Keys and values apart: a node that only moved still shares its key. */
interface Entries<V> {
  readonly keys: Splice<string>;
  readonly values: Splice<V>;
}

interface Records {
  readonly nodes: Entries<PictureNode>;
  readonly edges: Entries<PictureEdge>;
}

/** A step whose picture and places are known only beside the step after it. */
interface Packed {
  /** Everything else; unchanged parts of it are shared between steps. */
  readonly rest: Omit<Chosen, "picture" | "places">;
  /** null where the picture is that of the step after it. */
  readonly picture: { readonly rest: Omit<Picture, "nodes" | "edges">; readonly records: Records } | { readonly whole: Picture | null } | null;
  readonly places: Entries<Point> | null;
}

/** A state to go back to, and what was done then, in words. */
export interface Step {
  readonly words: string;
  readonly chosen: Chosen | Packed;
}

export type History = readonly Step[];

const LONGEST = 60; // steps

function differing<T>(own: readonly T[], other: readonly T[]): Splice<T> {
  const most = Math.min(own.length, other.length);
  let head = 0;
  while (head < most && own[head] === other[head]) head += 1;
  let tail = 0;
  while (tail < most - head && own[own.length - 1 - tail] === other[other.length - 1 - tail]) tail += 1;
  return { head, own: own.slice(head, own.length - tail), tail };
}

function restored<T>({ head, own, tail }: Splice<T>, other: readonly T[]): T[] {
  return [...other.slice(0, head), ...own, ...other.slice(other.length - tail)];
}

function packedMap<V>(own: ReadonlyMap<string, V>, other: ReadonlyMap<string, V>): Entries<V> {
  return { keys: differing([...own.keys()], [...other.keys()]), values: differing([...own.values()], [...other.values()]) };
}

function wholeMap<V>({ keys, values }: Entries<V>, other: ReadonlyMap<string, V>): Map<string, V> {
  const all = restored(values, [...other.values()]);
  return new Map(restored(keys, [...other.keys()]).map((key, place): [string, V] => [key, all[place] as V]));
}

function packedPicture(own: Picture | null, other: Picture | null): Packed["picture"] {
  if (own === other) return null;
  if (own === null || other === null) return { whole: own };
  const { nodes, edges, ...rest } = own;
  return { rest, records: { nodes: packedMap(nodes, other.nodes), edges: packedMap(edges, other.edges) } };
}

function wholePicture(packed: Packed["picture"], other: Picture | null): Picture | null {
  if (packed === null) return other;
  if ("whole" in packed) return packed.whole;
  const { nodes, edges } = packed.records;
  const beside = { nodes: other?.nodes ?? new Map<string, PictureNode>(), edges: other?.edges ?? new Map<string, PictureEdge>() };
  return { ...packed.rest, nodes: wholeMap(nodes, beside.nodes), edges: wholeMap(edges, beside.edges) };
}

function packed(own: Chosen, other: Chosen): Packed {
  const { picture, places, ...rest } = own;
  return { rest, picture: packedPicture(picture, other.picture), places: places === other.places ? null : packedMap(places, other.places) };
}

/** The latest step is whole: see `pushed`. */
function isWhole(chosen: Chosen | Packed): chosen is Chosen {
  return !("rest" in chosen);
}

function whole(step: Step, other: Chosen): Step {
  const { words, chosen } = step;
  if (isWhole(chosen)) return step;
  const places = chosen.places ? wholeMap(chosen.places, other.places) : other.places;
  return { words, chosen: { ...chosen.rest, picture: wholePicture(chosen.picture, other.picture), places } };
}

/** The history with one more step; the one that was the latest is packed beside it. */
export function pushed(history: History, chosen: Chosen, words: string): History {
  const last = history.at(-1);
  const earlier = last && isWhole(last.chosen) ? [...history.slice(0, -1), { words: last.words, chosen: packed(last.chosen, chosen) }] : history;
  return [...earlier, { words, chosen }].slice(-LONGEST);
}

/** The latest step, and the history without it; null where there is none. */
export function popped(history: History): { readonly chosen: Chosen; readonly words: string; readonly rest: History } | null {
  const last = history.at(-1);
  if (!last || !isWhole(last.chosen)) return null;
  const [chosen, before] = [last.chosen, history.at(-2)];
  return { chosen, words: last.words, rest: before ? [...history.slice(0, -2), whole(before, chosen)] : [] };
}
