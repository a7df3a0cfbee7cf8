/* What lies under the pointer: nodes before edges. Pure. */

import type { EdgeLook, NodeLook } from "../reducers/appearance";
import { type Point, type Size, toStage } from "./camera";
import type { Frame } from "./scene";

export interface Area {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

type Drawn = Pick<Frame, "look" | "places" | "view" | "growth"> & { readonly size: Size };

/** The topmost node within `reach` pixels of a point. */
export function nodeUnder(drawn: Drawn, at: Point, reach: number): string | null {
  let best: { node: NodeLook; distance: number } | null = null;
  for (const node of drawn.look.nodes) {
    const place = drawn.places.get(node.id);
    if (!place) continue;
    const there = toStage(drawn.view, drawn.size, place);
    const distance = Math.hypot(there.x - at.x, there.y - at.y) - node.radius * drawn.growth;
    if (distance <= reach && (best === null || distance <= best.distance)) best = { node, distance };
  }
  return best?.node.id ?? null;
}

function distanceTo(a: Point, b: Point, p: Point): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const t = Math.min(1, Math.max(0, ((p.x - a.x) * dx + (p.y - a.y) * dy) / Math.max(1e-9, dx * dx + dy * dy)));
  return Math.hypot(a.x + t * dx - p.x, a.y + t * dy - p.y);
}

/** The nearest edge within `reach` pixels of a point. */
export function edgeUnder(drawn: Drawn, at: Point, reach: number): string | null {
  let best: { edge: EdgeLook; distance: number } | null = null;
  for (const edge of drawn.look.edges) {
    const [source, target] = [drawn.places.get(edge.source), drawn.places.get(edge.target)];
    if (!source || !target) continue;
    const [a, b] = [toStage(drawn.view, drawn.size, source), toStage(drawn.view, drawn.size, target)];
    if (Math.min(a.x, b.x) - reach > at.x || Math.max(a.x, b.x) + reach < at.x || Math.min(a.y, b.y) - reach > at.y || Math.max(a.y, b.y) + reach < at.y) continue;
    const distance = distanceTo(a, b, at) - edge.rank * 0.5;
    if (distance <= reach && (best === null || distance < best.distance)) best = { edge, distance };
  }
  return best?.edge.key ?? null;
}

/** The nodes whose middle is inside an area of the stage. */
export function nodesWithin(drawn: Drawn, area: Area): string[] {
  return drawn.look.nodes.flatMap((node) => {
    const place = drawn.places.get(node.id);
    if (!place) return [];
    const at = toStage(drawn.view, drawn.size, place);
    return at.x >= area.left && at.x <= area.right && at.y >= area.top && at.y <= area.bottom ? [node.id] : [];
  });
}
