/* The answers of /api/v1/graph/path/ (pinned by tests/shapes/path.json) and /api/v1/search/, checked where they enter. */

import { KINDS, type Kind, type SliceEdge, type SliceNode, address, fields, list, numberOrNull, readNode, readWorks, text } from "./slice";

/** A way between two records; without one `detail` says why. */
export interface Found {
  readonly length: number | null;
  readonly nodes: readonly SliceNode[];
  readonly edges: readonly SliceEdge[];
  readonly detail: string;
}

function readStep(value: unknown): SliceEdge {
  const step = fields(value, "step");
  const [source, target, relation] = [text(step.source, "step source"), text(step.target, "step target"), text(step.relation, "relation")];
  const backwards = relation === "cited_by";
  return {
    source: backwards ? target : source,
    target: backwards ? source : target,
    kind: relation === "collaborated" ? "collaborated" : "cites",
    weight: numberOrNull(step.total, "total") ?? 1,
    firstYear: numberOrNull(step.first_year, "first year"),
    lastYear: numberOrNull(step.last_year, "last year"),
    works: relation === "collaborated" ? readWorks(step.works) : [],
  };
}

export function readPath(answer: unknown): Found {
  const path = fields(answer, "path");
  const length = numberOrNull(path.length, "length");
  return {
    length,
    nodes: length === null ? [] : list(path.nodes, "nodes").map(readNode),
    edges: length === null ? [] : list(path.edges, "edges").map(readStep),
    detail: typeof path.detail === "string" ? path.detail : "",
  };
}

/** A record of the portal that a search found. */
export interface Hit {
  readonly id: string;
  readonly kind: Kind;
  readonly label: string;
  readonly url: string;
}

/** The hits of all kinds, one kind after the other, the best of each first. */
export function readHits(answer: unknown): Hit[] {
  const results = fields(fields(answer, "search").results, "results");
  return KINDS.flatMap((kind) =>
    list(results[kind] ?? [], kind).map((value) => {
      const hit = fields(value, "hit");
      return { id: text(hit.id, "hit id"), kind, label: text(hit.label, "hit label"), url: address(hit.url, "hit url") };
    }),
  );
}
