/* Where nodes stand. Pure arithmetic on flat arrays; runs in layout.worker.ts so that the page never waits for it. */

import iterate from "graphology-layout-forceatlas2/iterate.js";

import type { Layout } from "../state/values";
import { byYear, inCircle } from "./layouts";

export interface Arrangement {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly radius: Float32Array;
  /** The node in the middle of the picture. */
  readonly centre: number;
  /** 1 = stays where it is. */
  readonly fixed: Uint8Array;
  /** Pairs of node indexes. */
  readonly ends: Uint32Array;
  readonly weights: Float32Array;
  /** Width divided by height of the room. */
  readonly aspect: number;
  /** Milliseconds after which a coarse answer beats a fine one. */
  readonly budget: number;
  readonly layout?: Layout;
  /** For the time axis: a year for each node, NaN for none. */
  readonly years?: Float64Array;
  /** For the circle: a community for each node, -1 for none. */
  readonly groups?: Int32Array;
}

export interface Arranged {
  readonly x: Float32Array;
  readonly y: Float32Array;
}

const PER_NODE = 10;
const PER_EDGE = 3;
const SPACING = 74; // units between neighbours: pixels at zoom 1
const MOST_STEPS = 500;
const CALM = 0.004; // mean step per node, as a share of the picture's size, that ends the search

/** Starting places on a sunflower spiral: even, and the same every time. */
export function spiral(index: number, spacing = SPACING): { x: number; y: number } {
  const angle = index * 2.399963;
  const distance = spacing * 0.6 * Math.sqrt(index);
  return { x: Math.cos(angle) * distance, y: Math.sin(angle) * distance };
}

function spread(x: Float32Array, y: Float32Array): number {
  let sum = 0;
  const [mx, my] = [mean(x), mean(y)];
  for (let i = 0; i < x.length; i++) sum += ((x[i] ?? 0) - mx) ** 2 + ((y[i] ?? 0) - my) ** 2;
  return Math.sqrt(sum / Math.max(1, x.length));
}

function mean(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / Math.max(1, values.length);
}

function matrices(input: Arrangement, scale: number): { nodes: Float32Array; edges: Float32Array } {
  const order = input.x.length;
  const nodes = new Float32Array(order * PER_NODE);
  const edges = new Float32Array(input.weights.length * PER_EDGE);
  for (let i = 0; i < order; i++) nodes.set([(input.x[i] ?? 0) * scale, (input.y[i] ?? 0) * scale, 0, 0, 0, 0, 1, 1, 1, input.fixed[i] ?? 0], i * PER_NODE);
  for (let e = 0; e < input.weights.length; e++) {
    const [source, target, weight] = [(input.ends[2 * e] ?? 0) * PER_NODE, (input.ends[2 * e + 1] ?? 0) * PER_NODE, input.weights[e] ?? 1];
    nodes[source + 6] = (nodes[source + 6] ?? 0) + weight;
    nodes[target + 6] = (nodes[target + 6] ?? 0) + weight;
    edges.set([source, target, weight], e * PER_EDGE);
  }
  return { nodes, edges };
}

/** ForceAtlas2 (Jacomy et al. 2014) around the held centre, until the picture is calm or the budget is spent. */
function relaxed(input: Arrangement, now: () => number): Arranged {
  const order = input.x.length;
  const { nodes, edges } = matrices(input, (12 * Math.sqrt(order)) / Math.max(1e-6, spread(input.x, input.y)));
  nodes.set([0, 0], input.centre * PER_NODE);
  nodes[input.centre * PER_NODE + 9] = 1;
  const settings = {
    linLogMode: false,
    outboundAttractionDistribution: false,
    adjustSizes: false,
    edgeWeightInfluence: 1,
    scalingRatio: 12,
    strongGravityMode: true,
    gravity: 0.06,
    slowDown: 1 + Math.log(order),
    barnesHutOptimize: order > 400,
    barnesHutTheta: 0.7,
  };
  const until = now() + input.budget;
  let before = nodes.slice();
  for (let step = 1; step <= MOST_STEPS && now() < until; step++) {
    iterate(settings, nodes, edges);
    if (step % 10 === 0) {
      if (movement(before, nodes) / 10 < CALM * extent(nodes)) break;
      before = nodes.slice();
    }
  }
  const [x, y] = [new Float32Array(order), new Float32Array(order)];
  for (let i = 0; i < order; i++) {
    x[i] = nodes[i * PER_NODE] ?? 0;
    y[i] = nodes[i * PER_NODE + 1] ?? 0;
  }
  return { x, y };
}

function movement(before: Float32Array, after: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < after.length; i += PER_NODE) sum += Math.hypot((after[i] ?? 0) - (before[i] ?? 0), (after[i + 1] ?? 0) - (before[i + 1] ?? 0));
  return sum / Math.max(1, after.length / PER_NODE);
}

function extent(nodes: Float32Array): number {
  let [least, most] = [Infinity, -Infinity];
  for (let i = 0; i < nodes.length; i += PER_NODE) {
    least = Math.min(least, nodes[i] ?? 0);
    most = Math.max(most, nodes[i] ?? 0);
  }
  return Math.max(1e-6, most - least);
}

/** Bring the picture to the size where neighbours are SPACING apart, in the shape of the room, around the centre. */
function scaled({ x, y }: Arranged, centre: number, aspect: number): void {
  const [mx, my] = [x[centre] ?? 0, y[centre] ?? 0];
  const stretch = Math.sqrt(Math.min(1.9, Math.max(0.6, aspect)));
  const factor = (SPACING * 0.62 * Math.sqrt(x.length)) / Math.max(1e-6, spread(x, y));
  for (let i = 0; i < x.length; i++) {
    x[i] = ((x[i] ?? 0) - mx) * factor * stretch;
    y[i] = (((y[i] ?? 0) - my) * factor) / stretch;
  }
  drawIn(x, y);
}

/** Bring stragglers nearer, so that the middle keeps its room: beyond the 90th percentile distance grows by its root. */
function drawIn(x: Float32Array, y: Float32Array): void {
  const distances = Array.from(x, (px, i) => Math.hypot(px, y[i] ?? 0));
  const limit = [...distances].sort((a, b) => a - b)[Math.floor(distances.length * 0.9)] ?? 0;
  for (let i = 0; i < x.length; i++) {
    const distance = distances[i] ?? 0;
    if (limit <= 0 || distance <= limit) continue;
    const shrink = (limit * Math.sqrt(distance / limit)) / distance;
    x[i] = (x[i] ?? 0) * shrink;
    y[i] = (y[i] ?? 0) * shrink;
  }
}

/** Push overlapping nodes apart; fixed nodes stay. */
function separated({ x, y }: Arranged, radius: Float32Array, fixed: Uint8Array, air: number, rounds: number): void {
  for (let round = 0; round < rounds; round++) {
    let touched = false;
    for (let i = 0; i < x.length; i++) {
      for (let j = i + 1; j < x.length; j++) {
        if (fixed[i] && fixed[j]) continue;
        const apart = (radius[i] ?? 0) + (radius[j] ?? 0) + air;
        const dx = (x[j] ?? 0) - (x[i] ?? 0);
        if (dx > apart || dx < -apart) continue;
        const dy = (y[j] ?? 0) - (y[i] ?? 0);
        const distance = Math.hypot(dx, dy);
        if (distance >= apart) continue;
        touched = true;
        const [ux, uy] = distance > 1e-3 ? [dx / distance, dy / distance] : [Math.cos(i + j), Math.sin(i + j)];
        const push = (apart - distance) / (fixed[i] || fixed[j] ? 1 : 2);
        if (!fixed[i]) [x[i], y[i]] = [(x[i] ?? 0) - ux * push, (y[i] ?? 0) - uy * push];
        if (!fixed[j]) [x[j], y[j]] = [(x[j] ?? 0) + ux * push, (y[j] ?? 0) + uy * push];
      }
    }
    if (!touched) return;
  }
}

/** Let the free nodes find room among the fixed: springs to their neighbours, a short-range push from all. */
function settled(input: Arrangement, now: () => number): Arranged {
  const at = { x: input.x.slice(), y: input.y.slice() };
  const { x, y } = at;
  const free = [...input.fixed.keys()].filter((i) => !input.fixed[i]);
  const neighbours = new Map<number, number[]>(free.map((i) => [i, []]));
  for (let e = 0; e < input.weights.length; e++) {
    const [source, target] = [input.ends[2 * e] ?? 0, input.ends[2 * e + 1] ?? 0];
    neighbours.get(source)?.push(target);
    neighbours.get(target)?.push(source);
  }
  const until = now() + input.budget;
  const rounds = 120;
  for (let round = 0; round < rounds && now() < until; round++) {
    const heat = 14 * (1 - round / rounds) + 1;
    for (const i of free) {
      let [fx, fy] = [0, 0];
      for (const j of neighbours.get(i) ?? []) {
        const [dx, dy] = [(x[j] ?? 0) - (x[i] ?? 0), (y[j] ?? 0) - (y[i] ?? 0)];
        const distance = Math.max(1, Math.hypot(dx, dy));
        const pull = (0.12 * (distance - SPACING * 0.8)) / distance;
        fx += dx * pull;
        fy += dy * pull;
      }
      for (let j = 0; j < x.length; j++) {
        if (j === i) continue;
        const [dx, dy] = [(x[i] ?? 0) - (x[j] ?? 0), (y[i] ?? 0) - (y[j] ?? 0)];
        const square = dx * dx + dy * dy;
        if (square > SPACING * SPACING * 2) continue;
        const distance = Math.max(1, Math.sqrt(square));
        const push = ((SPACING * 0.9 - Math.min(distance, SPACING * 0.9)) * 0.22) / distance;
        fx += dx * push;
        fy += dy * push;
      }
      const force = Math.hypot(fx, fy);
      const step = force > heat ? heat / force : 1;
      x[i] = (x[i] ?? 0) + fx * step;
      y[i] = (y[i] ?? 0) + fy * step;
    }
  }
  return at;
}

/** Arrange a picture by its layout. With every node free the whole is laid out; with fixed nodes only the free ones move. */
export function arranged(input: Arrangement, now: () => number = () => performance.now()): Arranged {
  if (input.x.length === 0) return { x: new Float32Array(), y: new Float32Array() };
  if (input.layout === "year") return byYear(input);
  if (input.layout === "circle") return inCircle(input);
  if (input.fixed.some((flag) => flag === 1)) {
    const at = settled(input, now);
    separated(at, input.radius, input.fixed, 10, 30);
    return at;
  }
  const at = relaxed(input, now);
  scaled(at, input.centre, input.aspect);
  separated(at, input.radius, input.fixed, 16, 60);
  return at;
}
