/* The picture as an image: SVG from the drawn frame, PNG by painting it twice as large. */

import { outline } from "../reducers/shapes";
import { type Point, type Size, fitted, toStage } from "../scene/camera";
import { type TextSetting, LabelLayer } from "../scene/label-layer";
import type { Label } from "../scene/labels";
import { type Frame, type NodeLook, growthAt } from "../scene/scene";
import { CanvasScene } from "../scene/scene-canvas";
import { escaped } from "./xml";

function number(value: number): string {
  return (Math.round(value * 100) / 100).toString();
}

function shape(node: NodeLook, at: Point, r: number, paint: string): string {
  if (node.shape === "circle") return `<circle cx="${number(at.x)}" cy="${number(at.y)}" r="${number(r)}" ${paint}/>`;
  const points = outline(node.shape, r).map((point) => `${number(at.x + point.x)},${number(at.y + point.y)}`);
  return `<polygon points="${points.join(" ")}" ${paint}/>`;
}

function nodeDrawing(frame: Frame, node: NodeLook): string {
  const place = frame.places.get(node.id);
  if (!place) return "";
  const at = toStage(frame.view, frame.size, place);
  const r = node.radius * frame.growth;
  const ring = node.ring === null ? "" : shape(node, at, r + 3.6, `fill="${frame.palette.paper}" stroke="${node.ring}" stroke-width="1.75"`);
  return `<g><title>${escaped(node.label?.text ?? node.id)}</title>${ring}${shape(node, at, r, `fill="${node.fill}" stroke="${frame.palette.paper}" stroke-width="1.25"`)}</g>`;
}

function edgeDrawing(frame: Frame, edge: Frame["look"]["edges"][number]): string {
  const [source, target] = [frame.places.get(edge.source), frame.places.get(edge.target)];
  if (!source || !target) return "";
  const [from, to] = [toStage(frame.view, frame.size, source), toStage(frame.view, frame.size, target)];
  return `<line x1="${number(from.x)}" y1="${number(from.y)}" x2="${number(to.x)}" y2="${number(to.y)}" stroke="${edge.colour}" stroke-width="${number(edge.width)}"/>`;
}

function labelDrawing(frame: Frame, label: Label & TextSetting): string {
  const anchor = label.align === "left" ? "start" : label.align === "right" ? "end" : "middle";
  const x = label.align === "left" ? label.left : label.align === "right" ? label.right : (label.left + label.right) / 2;
  const family = label.serif ? "Source Serif 4, Georgia, serif" : "Inter, system-ui, sans-serif";
  const lines = label.lines.map((line, place) => `<tspan x="${number(x)}" y="${number(label.top + label.leading * (place + 0.75))}">${escaped(line)}</tspan>`);
  const halo = `stroke="${frame.palette.paper}" stroke-width="3.5" stroke-linejoin="round" paint-order="stroke"`;
  return `<text font-family="${family}" font-size="${number(label.leading * 0.84)}" font-weight="${label.strong ? 650 : 500}" text-anchor="${anchor}" fill="${label.ink}" ${halo}>${lines.join("")}</text>`;
}

/** The frame as a drawing; `labels` as they are placed on the stage. */
export function svg(frame: Frame, labels: readonly (Label & TextSetting)[], title: string): string {
  const { width, height } = frame.size;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${Math.round(width)}" height="${Math.round(height)}" viewBox="0 0 ${Math.round(width)} ${Math.round(height)}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" fill="${frame.palette.paper}"/>`,
    ...frame.look.edges.map((edge) => edgeDrawing(frame, edge)),
    ...frame.look.nodes.map((node) => nodeDrawing(frame, node)),
    ...labels.map((label) => labelDrawing(frame, label)),
    "</svg>",
  ].join("\n");
}

const LEAST: Size = { width: 1_000, height: 640 };

/** The whole picture, whatever part of it is in view. */
export function whole(frame: Frame): Frame {
  const size = { width: Math.max(LEAST.width, frame.size.width), height: Math.max(LEAST.height, frame.size.height) };
  const points = frame.look.nodes.flatMap((node) => frame.places.get(node.id) ?? []);
  const margin = { x: 110, y: 48 };
  const view = fitted(points, size, { top: margin.y, right: margin.x, bottom: margin.y, left: margin.x });
  return { ...frame, size, view, margin, growth: growthAt(view.k, view.k) };
}

/** The labels of a frame that is not on the stage. */
export function textsOf(frame: Frame): (Label & TextSetting)[] {
  const labels = new LabelLayer(document.createElement("div"), 1);
  labels.resize(frame.size);
  const texts = labels.set(frame);
  labels.destroy();
  return texts;
}

/** The frame painted `scale` times as large on the colour of the paper. */
export async function png(frame: Frame, scale = 2): Promise<Blob> {
  const holder = document.createElement("div");
  const [scene, labels] = [new CanvasScene(holder, scale), new LabelLayer(holder, scale)];
  scene.resize(frame.size);
  labels.resize(frame.size);
  scene.draw(frame);
  labels.draw(frame);
  const sheet = document.createElement("canvas");
  [sheet.width, sheet.height] = [Math.round(frame.size.width * scale), Math.round(frame.size.height * scale)];
  const pen = sheet.getContext("2d");
  if (!pen) throw new Error("no canvas");
  pen.fillStyle = frame.palette.paper;
  pen.fillRect(0, 0, sheet.width, sheet.height);
  for (const layer of holder.querySelectorAll("canvas")) pen.drawImage(layer, 0, 0);
  scene.destroy();
  labels.destroy();
  return new Promise((done, fail) => sheet.toBlob((blob) => (blob ? done(blob) : fail(new Error("no image"))), "image/png"));
}
