/* Nodes and edges on a plain 2D canvas: where WebGL is missing or drawn by the processor. */

import { outline } from "../reducers/shapes";
import { type Point, type Size, toStage } from "./camera";
import type { EdgeLook, Frame, NodeLook, Scene } from "./scene";

/** The canvas sharpened for the screen (or by `ratio`); returns its pen. */
export function sized(canvas: HTMLCanvasElement, size: Size, ratio = Math.min(2, devicePixelRatio || 1)): CanvasRenderingContext2D | null {
  canvas.width = Math.round(size.width * ratio);
  canvas.height = Math.round(size.height * ratio);
  canvas.style.width = `${size.width}px`;
  canvas.style.height = `${size.height}px`;
  const pen = canvas.getContext("2d");
  pen?.setTransform(ratio, 0, 0, ratio, 0, 0);
  return pen;
}

export function trace(pen: CanvasRenderingContext2D, node: Pick<NodeLook, "shape">, at: Point, r: number): void {
  if (node.shape === "circle") {
    pen.moveTo(at.x + r, at.y);
    pen.arc(at.x, at.y, r, 0, 2 * Math.PI);
    return;
  }
  const [first, ...rest] = outline(node.shape, r);
  if (!first) return;
  pen.moveTo(at.x + first.x, at.y + first.y);
  for (const point of rest) pen.lineTo(at.x + point.x, at.y + point.y);
  pen.closePath();
}

function drawHead(pen: CanvasRenderingContext2D, from: Point, to: Point, radius: number): void {
  const angle = Math.atan2(to.y - from.y, to.x - from.x);
  const tip = { x: to.x - Math.cos(angle) * (radius + 3), y: to.y - Math.sin(angle) * (radius + 3) };
  pen.beginPath();
  pen.moveTo(tip.x, tip.y);
  for (const turn of [0.42, -0.42]) pen.lineTo(tip.x - Math.cos(angle + turn) * 8, tip.y - Math.sin(angle + turn) * 8);
  pen.closePath();
  pen.fill();
}

/** Heads of directed edges, for both renderers. */
export function drawHeads(pen: CanvasRenderingContext2D, frame: Frame): void {
  const radii = new Map(frame.look.nodes.map((node) => [node.id, node.radius * frame.growth]));
  for (const edge of frame.look.edges) {
    const [source, target] = [frame.places.get(edge.source), frame.places.get(edge.target)];
    if (!edge.arrow || !source || !target) continue;
    pen.fillStyle = edge.colour;
    drawHead(pen, toStage(frame.view, frame.size, source), toStage(frame.view, frame.size, target), radii.get(edge.target) ?? 6);
  }
}

/** Where every drawn node is, in pixels. */
function onStage(frame: Frame): Map<string, Point> {
  const at = new Map<string, Point>();
  for (const { id } of frame.look.nodes) {
    const place = frame.places.get(id);
    if (place) at.set(id, toStage(frame.view, frame.size, place));
  }
  return at;
}

function crosses(size: Size, one: Point, other: Point): boolean {
  return Math.max(one.x, other.x) >= 0 && Math.min(one.x, other.x) <= size.width && Math.max(one.y, other.y) >= 0 && Math.min(one.y, other.y) <= size.height;
}

export class CanvasScene implements Scene {
  readonly name = "canvas";
  readonly #canvas = document.createElement("canvas");
  #pen: CanvasRenderingContext2D | null = null;
  readonly #ratio: number | undefined;

  constructor(holder: HTMLElement, ratio?: number) {
    this.#ratio = ratio;
    this.#canvas.setAttribute("aria-hidden", "true");
    holder.append(this.#canvas);
  }

  get pen(): CanvasRenderingContext2D | null {
    return this.#pen;
  }

  resize(size: Size): void {
    this.#pen = sized(this.#canvas, size, this.#ratio);
  }

  draw(frame: Frame): void {
    const pen = this.#pen;
    if (!pen) return;
    pen.clearRect(0, 0, frame.size.width, frame.size.height);
    const at = onStage(frame);
    this.#edges(pen, frame, at);
    this.#nodes(pen, frame, at);
  }

  /** Edges that look alike are one path: thousands of lines in a handful of strokes. */
  #edges(pen: CanvasRenderingContext2D, frame: Frame, at: ReadonlyMap<string, Point>): void {
    const alike = new Map<string, EdgeLook[]>();
    for (const edge of frame.look.edges) {
      const key = `${edge.rank} ${edge.colour} ${Math.round(edge.width * 4)}`;
      const group = alike.get(key);
      if (group) group.push(edge);
      else alike.set(key, [edge]);
    }
    for (const group of alike.values()) {
      const [first] = group;
      if (!first) continue;
      pen.strokeStyle = first.colour;
      pen.lineWidth = first.width;
      pen.beginPath();
      for (const edge of group) {
        const [from, to] = [at.get(edge.source), at.get(edge.target)];
        if (!from || !to || !crosses(frame.size, from, to)) continue;
        pen.moveTo(from.x, from.y);
        pen.lineTo(to.x, to.y);
      }
      pen.stroke();
    }
  }

  #nodes(pen: CanvasRenderingContext2D, frame: Frame, all: ReadonlyMap<string, Point>): void {
    for (const node of frame.look.nodes) {
      const at = all.get(node.id);
      if (!at) continue;
      const r = node.radius * frame.growth;
      if (at.x < -30 || at.y < -30 || at.x > frame.size.width + 30 || at.y > frame.size.height + 30) continue;
      if (node.ring !== null) {
        pen.beginPath();
        trace(pen, node, at, r + 4.5);
        pen.fillStyle = node.ring;
        pen.fill();
        pen.beginPath();
        trace(pen, node, at, r + 2.75);
        pen.fillStyle = frame.palette.paper;
        pen.fill();
      }
      pen.beginPath();
      trace(pen, node, at, r);
      pen.fillStyle = node.fill;
      pen.fill();
      pen.lineWidth = 1.25;
      pen.strokeStyle = frame.palette.paper;
      pen.stroke();
      if (node.pinned) {
        pen.beginPath();
        pen.arc(at.x, at.y, Math.max(1.5, r * 0.3), 0, 2 * Math.PI);
        pen.fillStyle = frame.palette.paper;
        pen.fill();
      }
    }
  }

  destroy(): void {
    this.#canvas.width = 0;
    this.#canvas.remove();
  }
}
