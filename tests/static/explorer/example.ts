/* The pinned slice, and small pictures made from it. */

import answer from "../../shapes/slice.json";
import { firstPicture } from "../../../static/explorer/state/picture";
import { type Slice, type SliceEdge, type SliceNode, readSlice } from "../../../static/explorer/client/slice";
import { reduce } from "../../../static/explorer/state/actions";
import { type State, startState } from "../../../static/explorer/state/state";

export const slice: Slice = readSlice(answer);
export const picture = firstPicture(slice);

export function node(id: string, changes: Partial<SliceNode> = {}): SliceNode {
  const kind = id.split(":")[0] as SliceNode["kind"];
  return { id, kind, label: `Label of ${id}`, weight: 1, url: `/${kind}s/1/-/`, year: null, level: null, trust: null, citations: null, topics: [], institutions: [], degree: null, x: null, y: null, ...changes };
}

export function edge(source: string, target: string, kind: SliceEdge["kind"], weight = 1): SliceEdge {
  return { source, target, kind, weight, firstYear: null, lastYear: null, works: [] };
}

/** What researcher:13 has around: one node known already, two new ones. */
export const around13: Slice = {
  focus: "researcher:13",
  nodes: [node("work:7"), node("work:9"), node("researcher:14")],
  edges: [edge("researcher:13", "work:9", "authored"), edge("researcher:14", "researcher:13", "collaborated", 2), edge("researcher:13", "work:404", "authored")],
  truncated: { work: { more: 3, atLeast: false, next: null } },
  names: new Map(),
  edgesLeftOut: 0,
  unread: 0,
};

export function loaded(): State {
  return reduce(startState("researcher:12"), { type: "load", slice });
}

export function expanded(): State {
  return reduce(loaded(), { type: "expand", node: "researcher:13", slice: around13 });
}

export const palette = {
  paper: "#ffffff",
  ink: "#000000",
  inkSoft: "#444444",
  line: "#bbbbbb",
  accent: "#005500",
  kinds: { researcher: "#0000ff", work: "#ff0000", topic: "#00ff00", institution: "#ff00ff" },
  levels: ["#000010", "#000020", "#000030", "#000040", "#000050", "#000060"],
  citing: "#00aa00",
  cited: "#0000aa",
  groups: ["#100000", "#200000", "#300000", "#400000", "#500000", "#600000", "#700000", "#800000"],
};
