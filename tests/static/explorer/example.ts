/* The pinned slice, and small pictures made from it. */

import answer from "../../shapes/slice.json";
import { firstPicture } from "../../../static/explorer/state/picture";
import { type Slice, type SliceEdge, type SliceNode, readSlice } from "../../../static/explorer/client/slice";
import { type State, reduce, startState } from "../../../static/explorer/state/state";

export const slice: Slice = readSlice(answer);
export const picture = firstPicture(slice);

export function node(id: string, changes: Partial<SliceNode> = {}): SliceNode {
  const kind = id.split(":")[0] as SliceNode["kind"];
  return { id, kind, label: `Label of ${id}`, weight: 1, url: `/${kind}s/1/-/`, year: null, level: null, trust: null, degree: null, x: null, y: null, ...changes };
}

export function edge(source: string, target: string, kind: SliceEdge["kind"], weight = 1): SliceEdge {
  return { source, target, kind, weight, firstYear: null, lastYear: null };
}

/** What researcher:13 has around: one node known already, two new ones. */
export const around13: Slice = {
  focus: "researcher:13",
  nodes: [node("work:7"), node("work:9"), node("researcher:14")],
  edges: [edge("researcher:13", "work:9", "authored"), edge("researcher:14", "researcher:13", "collaborated", 2), edge("researcher:13", "work:404", "authored")],
  truncated: { work: { more: 3, atLeast: false, next: null } },
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
};
