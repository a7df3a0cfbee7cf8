/* Asks the worker where nodes should stand. */

import { radiusOf } from "../reducers/appearance";
import type { Arrangement } from "./arrange";
import type { Point } from "./camera";
import type { Answer, Question } from "./layout.worker";
import type { Picture, PictureEdge } from "../state/picture";

const BUDGET = 500; // milliseconds of arranging; with the glide the picture is still within 1.5 s

/** How hard an edge pulls. Nearly everything touches the focus: those edges say little about who belongs together. */
function pull(picture: Picture, edge: PictureEdge): number {
  const strength = edge.kind === "collaborated" ? 0.5 + Math.log1p(edge.weight) : 1;
  return edge.source === picture.focus || edge.target === picture.focus ? strength * 0.3 : strength;
}

function question(picture: Picture, places: ReadonlyMap<string, Point>, fixed: ReadonlySet<string>, aspect: number): { ids: string[]; input: Arrangement } {
  const nodes = [...picture.nodes.values()];
  const index = new Map(nodes.map((node, i) => [node.id, i]));
  const edges = [...picture.edges.values()];
  return {
    ids: nodes.map((node) => node.id),
    input: {
      x: Float32Array.from(nodes, (node) => places.get(node.id)?.x ?? 0),
      y: Float32Array.from(nodes, (node) => places.get(node.id)?.y ?? 0),
      radius: Float32Array.from(nodes, (node) => radiusOf(picture, node)),
      centre: index.get(picture.focus) ?? 0,
      fixed: Uint8Array.from(nodes, (node) => (fixed.has(node.id) ? 1 : 0)),
      ends: Uint32Array.from(edges.flatMap((edge) => [index.get(edge.source) ?? 0, index.get(edge.target) ?? 0])),
      weights: Float32Array.from(edges, (edge) => pull(picture, edge)),
      aspect,
      budget: BUDGET,
    },
  };
}

export class Layouter {
  #worker: Worker | null = null;
  readonly #waiting = new Map<number, { ids: string[]; done: (places: ReadonlyMap<string, Point>) => void }>();
  #ticket = 0;

  /** Made with the first question: the first picture does not wait for it. */
  #started(): Worker {
    if (this.#worker) return this.#worker;
    this.#worker = new Worker(new URL("./layout.worker.ts", import.meta.url), { type: "module" });
    this.#worker.addEventListener("message", (event: MessageEvent<Answer>) => this.#answer(event.data));
    return this.#worker;
  }

  /** Calls `done` with new places, unless another question overtook this one. */
  ask(picture: Picture, places: ReadonlyMap<string, Point>, fixed: ReadonlySet<string>, aspect: number, done: (places: ReadonlyMap<string, Point>) => void): void {
    const { ids, input } = question(picture, places, fixed, aspect);
    this.#ticket += 1;
    this.#waiting.clear();
    this.#waiting.set(this.#ticket, { ids, done });
    const message: Question = { ticket: this.#ticket, input };
    this.#started().postMessage(message);
  }

  #answer({ ticket, x, y }: Answer): void {
    const waiting = this.#waiting.get(ticket);
    if (!waiting) return;
    this.#waiting.delete(ticket);
    waiting.done(new Map(waiting.ids.map((id, i) => [id, { x: x[i] ?? 0, y: y[i] ?? 0 }])));
  }

  destroy(): void {
    this.#waiting.clear();
    this.#worker?.terminate();
  }
}
