/* The answer of /api/v1/graph/slice/, checked where it enters. tests/shapes/slice.json pins its shape. */

export const KINDS = ["researcher", "work", "topic", "institution"] as const;
export type Kind = (typeof KINDS)[number];

export const RELATIONS = ["collaborated", "authored", "cites", "about", "affiliated"] as const;
export type Relation = (typeof RELATIONS)[number];

export interface SliceNode {
  readonly id: string;
  readonly kind: Kind;
  readonly label: string;
  readonly weight: number;
  readonly url: string;
  readonly year: number | null;
  readonly level: number | null;
  readonly trust: number | null;
  /** Relations in the whole portal, where the server knows them; null otherwise. */
  readonly degree: number | null;
  readonly x: number | null;
  readonly y: number | null;
}

export interface SliceEdge {
  readonly source: string;
  readonly target: string;
  readonly kind: Relation;
  readonly weight: number;
  readonly firstYear: number | null;
  readonly lastYear: number | null;
}

/** What a slice left out of one kind, and the address that gives it. */
export interface LeftOut {
  readonly more: number;
  readonly atLeast: boolean;
  readonly next: string | null;
}

export type LeftOuts = Readonly<Partial<Record<Kind, LeftOut>>>;

export interface Slice {
  readonly focus: string;
  readonly nodes: readonly SliceNode[];
  readonly edges: readonly SliceEdge[];
  readonly truncated: LeftOuts;
}

/** The answer is not a slice. Asking again will not help; the portal and this script disagree. */
export class SliceError extends Error {}

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown, what: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new SliceError(`${what} is not an object`);
  return value as Fields;
}

function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new SliceError(`${what} is not a list`);
  return value;
}

function text(value: unknown, what: string): string {
  if (typeof value !== "string") throw new SliceError(`${what} is not a text`);
  return value;
}

function number(value: unknown, what: string): number {
  if (typeof value !== "number" || !Number.isFinite(value)) throw new SliceError(`${what} is not a number`);
  return value;
}

function numberOrNull(value: unknown, what: string): number | null {
  return value === undefined || value === null ? null : number(value, what);
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[], what: string): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new SliceError(`${what} is not one of ${allowed.join(", ")}`);
  return found;
}

/** An address of this portal: a path, never another host and never a script. */
function address(value: unknown, what: string): string {
  const path = text(value, what);
  if (!path.startsWith("/") || path.startsWith("//") || path.startsWith("/\\")) throw new SliceError(`${what} leaves the portal`);
  return path;
}

function readNode(value: unknown): SliceNode {
  const node = fields(value, "node");
  const id = text(node.id, "node id");
  return {
    id,
    kind: oneOf(node.kind, KINDS, `kind of ${id}`),
    label: text(node.label, `label of ${id}`),
    weight: number(node.weight, `weight of ${id}`),
    url: address(node.url, `url of ${id}`),
    year: numberOrNull(node.year, `year of ${id}`),
    level: numberOrNull(node.level, `level of ${id}`),
    trust: numberOrNull(node.trust, `trust of ${id}`),
    degree: numberOrNull(node.degree, `degree of ${id}`),
    x: numberOrNull(node.x, `x of ${id}`),
    y: numberOrNull(node.y, `y of ${id}`),
  };
}

function readEdge(value: unknown): SliceEdge {
  const edge = fields(value, "edge");
  return {
    source: text(edge.source, "edge source"),
    target: text(edge.target, "edge target"),
    kind: oneOf(edge.kind, RELATIONS, "edge kind"),
    weight: number(edge.weight, "edge weight"),
    firstYear: numberOrNull(edge.first_year, "first year"),
    lastYear: numberOrNull(edge.last_year, "last year"),
  };
}

function readLeftOuts(value: unknown): LeftOuts {
  const found: Partial<Record<Kind, LeftOut>> = {};
  for (const [kind, entry] of Object.entries(fields(value ?? {}, "truncated"))) {
    const left = fields(entry, `truncated ${kind}`);
    const more = number(left.more, `more of ${kind}`);
    if (more > 0) {
      found[oneOf(kind, KINDS, "truncated kind")] = {
        more,
        atLeast: left.at_least === true,
        next: left.next === undefined || left.next === null ? null : address(left.next, `next of ${kind}`),
      };
    }
  }
  return found;
}

/** Return the slice in `answer`. Raises SliceError, which says what is wrong. */
export function readSlice(answer: unknown): Slice {
  const slice = fields(answer, "slice");
  return {
    focus: text(slice.focus, "focus"),
    nodes: list(slice.nodes, "nodes").map(readNode),
    edges: list(slice.edges, "edges").map(readEdge),
    truncated: readLeftOuts(slice.truncated),
  };
}
