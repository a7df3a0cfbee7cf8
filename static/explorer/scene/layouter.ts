/* Asks the worker where nodes should stand. */

import { radiusOf } from "../reducers/size";
import type { Arrangement } from "./arrange";
import type { Point } from "./camera";
import type { Answer, Question } from "./layout.worker";
import { yearsOf } from "../state/buckets";
import type { Picture, PictureEdge } from "../state/picture";
import type { Groups, Layout, Size } from "../state/values";

const BUDGET = 500; // milliseconds of arranging; with the glide the picture is still within 1.5 s

/** How hard an edge pulls. Nearly everything touches the focus: those edges say little about who belongs together. */
function pull(picture: Picture, edge: PictureEdge): number {
  const strength = edge.kind === "collaborated" ? 0.5 + Math.log1p(edge.weight) : 1;
  return edge.source === picture.focus || edge.target === picture.focus ? strength * 0.3 : strength;
}

/** What is to be arranged. */
export interface Wanted {
  readonly picture: Picture;
  readonly places: ReadonlyMap<string, Point>;
  /** These stay where they are. */
  readonly fixed: ReadonlySet<string>;
  readonly aspect: number;
  readonly layout: Layout;
  readonly size: Size;
  readonly groups: Groups | null;
}

function question({ picture, places, fixed, aspect, layout, size, groups }: Wanted): { ids: string[]; input: Arrangement } {
  const nodes = [...picture.nodes.values()];
  const index = new Map(nodes.map((node, i) => [node.id, i]));
  const edges = [...picture.edges.values()];
  const years = layout === "year" ? yearsOf(picture) : null;
  return {
    ids: nodes.map((node) => node.id),
    input: {
      x: Float32Array.from(nodes, (node) => places.get(node.id)?.x ?? 0),
      y: Float32Array.from(nodes, (node) => places.get(node.id)?.y ?? 0),
      radius: Float32Array.from(nodes, (node) => radiusOf(picture, node, size)),
      centre: index.get(picture.focus) ?? 0,
      fixed: Uint8Array.from(nodes, (node) => (fixed.has(node.id) ? 1 : 0)),
      ends: Uint32Array.from(edges.flatMap((edge) => [index.get(edge.source) ?? 0, index.get(edge.target) ?? 0])),
      weights: Float32Array.from(edges, (edge) => pull(picture, edge)),
      aspect,
      budget: BUDGET,
      layout,
      ...(years ? { years: Float64Array.from(nodes, (node) => years.get(node.id) ?? Number.NaN) } : {}),
      ...(layout === "circle" ? { groups: Int32Array.from(nodes, (node) => groups?.of.get(node.id) ?? -1) } : {}),
    },
  };
}

export class Layouter {
  #worker: Worker | null = null;
  readonly #waiting = new Map<number, { ids: string[]; done: (places: ReadonlyMap<string, Point> | null) => void }>();
  #ticket = 0;

  /** Made with the first question: the first picture does not wait for it. */
  #started(): Worker {
    if (this.#worker) return this.#worker;
    this.#worker = new Worker(new URL("./layout.worker.ts", import.meta.url), { type: "module" });
    this.#worker.addEventListener("message", (event: MessageEvent<Answer>) => this.#answer(event.data));
    return this.#worker;
  }

  /** The new places; null when another question overtook this one. */
  ask(wanted: Wanted): Promise<ReadonlyMap<string, Point> | null> {
    const { ids, input } = question(wanted);
    this.#ticket += 1;
    const message: Question = { ticket: this.#ticket, input };
    this.drop();
    return new Promise((done) => {
      this.#waiting.set(message.ticket, { ids, done });
      this.#started().postMessage(message);
    });
  }

  /** What was asked is no longer wanted. */
  drop(): void {
    for (const { done } of this.#waiting.values()) done(null);
    this.#waiting.clear();
  }

  #answer({ ticket, x, y }: Answer): void {
    const waiting = this.#waiting.get(ticket);
    if (!waiting) return;
    this.#waiting.delete(ticket);
    waiting.done(new Map(waiting.ids.map((id, i) => [id, { x: x[i] ?? 0, y: y[i] ?? 0 }])));
  }

  destroy(): void {
    this.drop();
    this.#worker?.terminate();
  }
}
