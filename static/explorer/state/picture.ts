/* What is drawn: the first slice and what expansions added to it. Values never change; an action makes a new picture. */

import type { Kind, LeftOut, LeftOuts, Slice, SliceEdge, SliceNode } from "../client/slice";

export interface PictureNode extends SliceNode {
  /** The node whose expansion brought this one; null for the first slice. */
  readonly parent: string | null;
}

export interface PictureEdge extends SliceEdge {
  readonly key: string;
}

export interface Picture {
  readonly focus: string;
  readonly nodes: ReadonlyMap<string, PictureNode>;
  readonly edges: ReadonlyMap<string, PictureEdge>;
  /** What records are called, drawn or not. */
  readonly names: ReadonlyMap<string, string>;
  readonly edgesLeftOut: number;
  /** The nodes of the first slice. */
  readonly first: ReadonlySet<string>;
  /** Expansions in their order: "work:7", or "work:7~topic" for more topics around it. */
  readonly expanded: readonly string[];
  /** What was left out around the focus and around each expanded node. */
  readonly leftOut: ReadonlyMap<string, LeftOuts>;
}

export interface Link {
  readonly edge: PictureEdge;
  readonly other: string;
}

/** The name of an edge; collaboration has no direction, so both directions are the same edge. */
export function edgeKey(edge: SliceEdge): string {
  const turned = edge.kind === "collaborated" && edge.target < edge.source;
  return turned ? `${edge.target} ${edge.kind} ${edge.source}` : `${edge.source} ${edge.kind} ${edge.target}`;
}

function withEdges(known: ReadonlyMap<string, PictureEdge>, nodes: ReadonlyMap<string, PictureNode>, edges: readonly SliceEdge[]): Map<string, PictureEdge> {
  const all = new Map(known);
  for (const edge of edges) {
    const [key, source, target] = [edgeKey(edge), nodes.get(edge.source)?.id, nodes.get(edge.target)?.id];
    // The nodes' own ids: an answer has each a second time, for every edge.
    if (source !== undefined && target !== undefined && source !== target && !all.has(key)) all.set(key, { ...edge, source, target, key });
  }
  return all;
}

/** Names of what nodes belong to without it being drawn; the same map where nothing is new, since history holds one for each step. */
function namesWith(names: ReadonlyMap<string, string>, slice: Slice): ReadonlyMap<string, string> {
  const fresh = [...slice.names].filter(([id]) => !names.has(id) && /^(?:topic|institution):/.test(id));
  return fresh.length === 0 ? names : new Map([...names, ...fresh]);
}

export function firstPicture(slice: Slice): Picture {
  const nodes = new Map<string, PictureNode>();
  for (const node of slice.nodes) nodes.set(node.id, { ...node, parent: null });
  return {
    focus: slice.focus,
    nodes,
    edges: withEdges(new Map(), nodes, slice.edges),
    names: namesWith(new Map(), slice),
    edgesLeftOut: slice.edgesLeftOut,
    first: new Set(nodes.keys()),
    expanded: [],
    leftOut: new Map([[slice.focus, slice.truncated]]),
  };
}

function withKind(left: LeftOuts, kind: Kind, now: LeftOut | undefined): LeftOuts {
  const { [kind]: _, ...others } = left;
  return now ? { ...others, [kind]: now } : others;
}

/** Return the picture with what `slice` adds around `at`, of one kind or of all. Nodes already drawn keep their place and their facts. */
export function grown(picture: Picture, at: string, slice: Slice, kind?: Kind): Picture {
  const step = kind ? `${at}~${kind}` : at;
  const left = picture.leftOut.get(at) ?? {};
  const nodes = new Map(picture.nodes);
  for (const node of slice.nodes) {
    // A record added from outside the picture is a second focus: nothing brought it. Its place is found here, whatever the answer says.
    if (!nodes.has(node.id)) nodes.set(node.id, { ...node, x: null, y: null, parent: node.id === at ? null : at });
  }
  return {
    ...picture,
    nodes,
    edges: withEdges(picture.edges, nodes, slice.edges),
    names: namesWith(picture.names, slice),
    edgesLeftOut: picture.edgesLeftOut + slice.edgesLeftOut,
    expanded: !kind && picture.expanded.includes(at) ? picture.expanded : [...picture.expanded, step],
    leftOut: new Map(picture.leftOut).set(at, kind ? withKind(left, kind, slice.truncated[kind]) : slice.truncated),
  };
}

/** Return the picture with a way through it: what is new of it belongs to no expansion and stays until undone. */
export function joined(picture: Picture, added: { readonly nodes: readonly SliceNode[]; readonly edges: readonly SliceEdge[] }): Picture {
  const nodes = new Map(picture.nodes);
  for (const node of added.nodes) if (!nodes.has(node.id)) nodes.set(node.id, { ...node, parent: null });
  return { ...picture, nodes, edges: withEdges(picture.edges, nodes, added.edges) };
}

/** The nodes that go when `at` is collapsed: what its expansion brought, and what theirs brought. */
export function broughtBy(picture: Picture, at: string): ReadonlySet<string> {
  const gone = new Set<string>();
  const queue = [at];
  for (let parent = queue.pop(); parent !== undefined; parent = queue.pop()) {
    for (const node of picture.nodes.values()) {
      if (node.parent === parent && !gone.has(node.id)) {
        gone.add(node.id);
        queue.push(node.id);
      }
    }
  }
  return gone;
}

export function collapsed(picture: Picture, at: string): Picture {
  const gone = new Set(broughtBy(picture, at));
  if (isSecondFocus(picture, at)) gone.add(at);
  const leftOut = new Map(picture.leftOut);
  if (at !== picture.focus) leftOut.delete(at);
  for (const id of gone) leftOut.delete(id);
  return {
    ...picture,
    nodes: new Map([...picture.nodes].filter(([id]) => !gone.has(id))),
    edges: new Map([...picture.edges].filter(([, edge]) => !gone.has(edge.source) && !gone.has(edge.target))),
    expanded: picture.expanded.filter((step) => step.split("~")[0] !== at && !gone.has(step.split("~")[0] ?? "")),
    leftOut,
  };
}

/** Whether something was brought around a node, all or one kind. */
export function isExpanded(picture: Picture, id: string): boolean {
  return picture.expanded.some((step) => step === id || step.startsWith(`${id}~`));
}

/** Whether a node came by itself and not with the first slice: such a one goes when it is collapsed. */
export function isSecondFocus(picture: Picture, id: string): boolean {
  return id !== picture.focus && picture.expanded.includes(id) && picture.nodes.get(id)?.parent === null && !picture.first.has(id);
}

let known = new WeakMap<Picture, ReadonlyMap<string, readonly Link[]>>();

/** Every node's links; worked out once per picture and kept for the one last asked about. */
export function links(picture: Picture): ReadonlyMap<string, readonly Link[]> {
  const before = known.get(picture);
  if (before) return before;
  const made = new Map<string, Link[]>([...picture.nodes.keys()].map((id) => [id, []]));
  for (const edge of picture.edges.values()) {
    made.get(edge.source)?.push({ edge, other: edge.target });
    made.get(edge.target)?.push({ edge, other: edge.source });
  }
  known = new WeakMap([[picture, made]]);
  return made;
}

export function linksOf(picture: Picture, id: string): readonly Link[] {
  return links(picture).get(id) ?? [];
}
