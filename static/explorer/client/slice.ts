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
  readonly citations: number | null;
  /** Topics and institutions it belongs to, drawn or not; `Slice.names` tells what they are called. */
  readonly topics: readonly string[];
  readonly institutions: readonly string[];
  /** Relations in the whole portal, where the server knows them; null otherwise. */
  readonly degree: number | null;
  readonly x: number | null;
  readonly y: number | null;
}

/** A work that an edge rests on. */
export interface EdgeWork {
  readonly title: string;
  readonly year: number | null;
  readonly url: string | null;
}

export interface SliceEdge {
  readonly source: string;
  readonly target: string;
  readonly kind: Relation;
  readonly weight: number;
  readonly firstYear: number | null;
  readonly lastYear: number | null;
  /** Some of the works it rests on, the newest or strongest; the weight says how many there are. */
  readonly works: readonly EdgeWork[];
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
  /** What topics and institutions are called that nodes belong to without being drawn. */
  readonly names: ReadonlyMap<string, string>;
  /** Relations between these nodes that were too many to tell, the weakest of them. */
  readonly edgesLeftOut: number;
  /** Records and relations of the answer that could not be read; the rest is drawn. */
  readonly unread: number;
}

/** The answer is not a slice. Asking again will not help; the portal and this script disagree. */
export class SliceError extends Error {}

export type Fields = Readonly<Record<string, unknown>>;

export function fields(value: unknown, what: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new SliceError(`${what} is not an object`);
  return value as Fields;
}

export function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new SliceError(`${what} is not a list`);
  return value;
}

export function text(value: unknown, what: string): string {
  if (typeof value !== "string") throw new SliceError(`${what} is not a text`);
  return value;
}

function number(value: unknown, what: string): number {
  if (typeof value !== "number" || !Number.isFinite(value)) throw new SliceError(`${what} is not a number`);
  return value;
}

export function numberOrNull(value: unknown, what: string): number | null {
  return value === undefined || value === null ? null : number(value, what);
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[], what: string): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new SliceError(`${what} is not one of ${allowed.join(", ")}`);
  return found;
}

/** An address of this portal: a path, never another host and never a script. */
export function address(value: unknown, what: string): string {
  const path = text(value, what);
  if (!path.startsWith("/") || path.startsWith("//") || path.startsWith("/\\")) throw new SliceError(`${what} leaves the portal`);
  return path;
}

export function readNode(value: unknown): SliceNode {
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
    citations: numberOrNull(node.citations, `citations of ${id}`),
    topics: ids(node.topics),
    institutions: ids(node.institutions),
    degree: numberOrNull(node.degree, `degree of ${id}`),
    x: numberOrNull(node.x, `x of ${id}`),
    y: numberOrNull(node.y, `y of ${id}`),
  };
}

const MOST_TITLES = 3;

function readWork(value: unknown): EdgeWork {
  const work = fields(value, "work of an edge");
  return {
    title: text(work.title, "title of an edge's work"),
    year: numberOrNull(work.year, "year of an edge's work"),
    url: work.url === undefined || work.url === null ? null : address(work.url, "url of an edge's work"),
  };
}

/** The works of an edge that are told in full. */
export function readWorks(value: unknown): EdgeWork[] {
  return list(value ?? [], "works of an edge").slice(0, MOST_TITLES).map(readWork);
}

type Named = ReadonlyMap<string, EdgeWork>;

/** Most nodes and edges mention nothing: they share one empty list. */
const NONE: readonly never[] = [];

function ids(value: unknown): readonly string[] {
  return Array.isArray(value) && value.length > 0 ? value.filter((one) => typeof one === "string") : NONE;
}

/** What the answer calls by name: its nodes, and what they and its edges mention. */
function readNames(slice: Fields, nodes: readonly SliceNode[]): Map<string, EdgeWork> {
  const named = new Map<string, EdgeWork>(nodes.map((node) => [node.id, { title: node.label, year: node.year, url: node.url }]));
  for (const [id, value] of Object.entries(fields(slice.names ?? {}, "names"))) {
    const { label, url, year } = fields(value, `name of ${id}`);
    named.set(id, { title: text(label, `label of ${id}`), year: numberOrNull(year, `year of ${id}`), url: url === undefined ? null : address(url, `url of ${id}`) });
  }
  return named;
}

function readEdge(value: unknown, named: Named): SliceEdge {
  const edge = fields(value, "edge");
  const works = ids(edge.works).slice(0, MOST_TITLES).flatMap((id) => named.get(id) ?? []); // prettier-ignore
  return {
    source: text(edge.source, "edge source"),
    target: text(edge.target, "edge target"),
    kind: oneOf(edge.kind, RELATIONS, "edge kind"),
    weight: number(edge.weight, "edge weight"),
    firstYear: numberOrNull(edge.first_year, "first year"),
    lastYear: numberOrNull(edge.last_year, "last year"),
    works: works.length > 0 ? works : NONE,
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

/** What can be read of a list; one broken record does not take the others with it. */
function readable<T>(values: readonly unknown[], read: (value: unknown) => T): T[] {
  return values.flatMap((value) => {
    try {
      return [read(value)];
    } catch (error) {
      if (error instanceof SliceError) return [];
      throw error;
    }
  });
}

/** Return the slice in `answer`. Raises SliceError, which says what is wrong. */
export function readSlice(answer: unknown): Slice {
  const slice = fields(answer, "slice");
  const focus = text(Array.isArray(slice.focus) ? slice.focus[0] : slice.focus, "focus");
  const [all, between] = [list(slice.nodes, "nodes"), list(slice.edges, "edges")];
  const nodes = readable(all, readNode);
  if (all.length > 0 && nodes.length === 0) all.forEach(readNode); // nothing is left: say what is wrong with it
  const named = readNames(slice, nodes);
  const edges = readable(between, (edge) => readEdge(edge, named));
  const counts = Object.values(fields(slice.edges_left_out ?? {}, "edges_left_out"));
  return {
    focus,
    nodes,
    edges,
    truncated: readLeftOuts(slice.truncated),
    names: new Map([...named].map(([id, { title }]) => [id, title])),
    edgesLeftOut: counts.reduce((sum: number, count) => sum + number(count, "edges_left_out"), 0),
    unread: all.length - nodes.length + between.length - edges.length,
  };
}
