/* What draws nodes and edges. Labels, pointing and the camera live outside, so a renderer is one small file. */

import type { EdgeLook, Look, NodeLook } from "../reducers/appearance";
import type { Point, Size, View } from "./camera";
import type { Palette } from "./palette";

export type Places = ReadonlyMap<string, Point>;

export interface Frame {
  readonly look: Look;
  readonly places: Places;
  readonly view: View;
  readonly size: Size;
  readonly palette: Palette;
  /** How much larger than at the first view nodes are drawn. */
  readonly growth: number;
  /** Room for labels around the outermost nodes, in pixels. */
  readonly margin: Point;
}

export interface Scene {
  readonly name: "webgl" | "canvas";
  /** Its pen, where labels may be written on the same canvas; null where they need one of their own. */
  readonly pen: CanvasRenderingContext2D | null;
  resize(size: Size): void;
  draw(frame: Frame): void;
  destroy(): void;
}

export type { EdgeLook, NodeLook };

/** Nodes grow and shrink more slowly than distances, so that zooming opens room; where the first view is small they start smaller. */
export function growthAt(k: number, first: number): number {
  const start = Math.min(1, Math.max(0.62, (first / 0.6) ** 0.5));
  return start * Math.min(2.1, Math.max(0.55, (k / first) ** 0.45));
}

/** WebGL that a graphics card draws; a software one is slower than a plain canvas. */
export function hasFastWebGL(): boolean {
  try {
    const context = document.createElement("canvas").getContext("webgl2", { failIfMajorPerformanceCaveat: true });
    if (!context) return false;
    const info = context.getExtension("WEBGL_debug_renderer_info");
    const name = info ? String(context.getParameter(info.UNMASKED_RENDERER_WEBGL)) : "";
    context.getExtension("WEBGL_lose_context")?.loseContext();
    return !/swiftshader|llvmpipe|software/i.test(name);
  } catch {
    return false;
  }
}
