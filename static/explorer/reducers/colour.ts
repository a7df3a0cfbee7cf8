/* What colours say, and the legend that explains them. */

import { mixed, type Palette } from "../scene/palette";
import { type Role, bucketOf, yearSteps } from "../state/buckets";
import type { Picture, PictureNode } from "../state/picture";
import type { State } from "../state/state";
import { ROLE_SHAPES, type Shape } from "./shapes";

export interface LegendEntry {
  readonly bucket: string;
  readonly name: string;
  readonly colour: string;
  readonly shape: Shape | null;
  readonly count: number;
  readonly isOn: boolean;
}

const ROLE_NAMES: Readonly<Record<Role, string>> = { focus: "This paper", citing: "Cites it", cited: "Cited by it", both: "Both", further: "A step further" };
const ROLES = Object.keys(ROLE_NAMES) as Role[];

function roleColour(role: Role, palette: Palette): string {
  switch (role) {
    case "focus":
      return palette.inkSoft;
    case "citing":
      return palette.citing;
    case "cited":
      return palette.cited;
    case "both":
      return mixed(palette.citing, palette.cited, 0.5);
    case "further":
      return palette.line;
  }
}

function bucketColour(bucket: string, palette: Palette): string {
  const [of = "", name = ""] = bucket.split(":");
  switch (of) {
    case "group":
      return palette.groups[Number(name) % palette.groups.length] ?? palette.line;
    case "year":
      return mixed(palette.accent, palette.paper, [0.3, 0.46, 0.63, 0.81, 1][Number(name)] ?? 1);
    case "level":
      return palette.levels[Number(name)] ?? palette.line;
    default:
      return roleColour(name as Role, palette);
  }
}

/** The fill of each node. What the colour says nothing about is grey. */
export function colourOf(state: State, picture: Picture, node: PictureNode, palette: Palette): string {
  if (state.colour === "kind" || (state.colour === "community" && state.grouped !== picture)) return palette.kinds[node.kind];
  if (state.colour === "community" && node.id === picture.focus) return palette.inkSoft;
  const bucket = bucketOf(state, picture, node);
  return bucket === null ? palette.line : bucketColour(bucket, palette);
}

function names(state: State, picture: Picture): [string, string][] {
  switch (state.colour) {
    case "kind":
      return [];
    case "community":
      return (state.grouped === picture ? (state.groups?.names ?? []) : []).map((name, group) => [`group:${group}`, name]);
    case "year":
      return yearSteps(picture).map(([from, to], step) => [`year:${step}`, from === to ? `${from}` : `${from}–${to}`]);
    case "level":
      return [0, 1, 2, 3, 4, 5].map((level) => [`level:${level}`, `L${level}`]);
    case "citations":
      return ROLES.map((role) => [`role:${role}`, ROLE_NAMES[role]]);
  }
}

/** What the colour of a node says, in words: nobody needs to see the colour to know it. null where it says no more than its kind. */
export function meaningOf(state: State, picture: Picture, node: PictureNode): string | null {
  if (state.colour === "kind" || (state.colour === "community" && node.id === picture.focus)) return null;
  const bucket = bucketOf(state, picture, node);
  return names(state, picture).find(([own]) => own === bucket)?.[1] ?? null;
}

/** The entries of the legend: each has members, or is switched off. */
export function legendOf(state: State, palette: Palette): readonly LegendEntry[] {
  const picture = state.picture;
  if (picture === null) return [];
  const counts = new Map<string, number>();
  for (const node of picture.nodes.values()) {
    const bucket = bucketOf(state, picture, node);
    if (bucket !== null) counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  return names(state, picture)
    .map(([bucket, name]) => ({
      bucket,
      name,
      colour: bucketColour(bucket, palette),
      shape: state.colour === "citations" ? ROLE_SHAPES[bucket.slice(5) as Role] : null,
      count: counts.get(bucket) ?? 0,
      isOn: !state.muted.has(bucket),
    }))
    .filter((entry) => entry.count > 0 || !entry.isOn);
}
