/* The whole picture very small, with a frame around what is in view. Loaded when it is first shown. */

import { type Point, type Size, fitted, toPlane, toStage } from "./camera";
import type { Frame } from "./scene";
import { sized } from "./scene-canvas";
import type { Stage } from "./stage";

const SIZE: Size = { width: 168, height: 108 };
const INSETS = { top: 8, right: 8, bottom: 8, left: 8 };

function isInside(at: Point, size: Size): boolean {
  return at.x >= 0 && at.y >= 0 && at.x <= size.width && at.y <= size.height;
}

export class MiniMap {
  readonly element = document.createElement("canvas");
  readonly #stage: Stage;
  #drawn: Frame | null = null;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.element.className = "explorer__map";
    this.element.setAttribute("aria-hidden", "true"); // the buttons and keys of the view say the same
    this.element.addEventListener("pointerdown", (event) => {
      this.element.setPointerCapture(event.pointerId);
      this.#lookAt(event);
    });
    this.element.addEventListener("pointermove", (event) => {
      if (event.buttons > 0) this.#lookAt(event);
    });
  }

  #view(frame: Frame): ReturnType<typeof fitted> {
    const points = frame.look.nodes.flatMap((node) => frame.places.get(node.id) ?? []);
    return fitted(points, SIZE, INSETS);
  }

  #lookAt(event: PointerEvent): void {
    if (!this.#drawn) return;
    const box = this.element.getBoundingClientRect();
    this.#stage.lookAt(toPlane(this.#view(this.#drawn), SIZE, { x: event.clientX - box.left, y: event.clientY - box.top }));
  }

  draw(): void {
    const frame = this.#stage.frame;
    this.#drawn = frame;
    // A map of what is all in view says nothing.
    const isWhole = frame.look.nodes.every((node) => {
      const place = frame.places.get(node.id);
      return !place || isInside(toStage(frame.view, frame.size, place), frame.size);
    });
    this.element.hidden = isWhole;
    if (isWhole) return;
    const pen = sized(this.element, SIZE);
    if (!pen) return;
    const view = this.#view(frame);
    for (const node of frame.look.nodes) {
      const place = frame.places.get(node.id);
      if (!place) continue;
      const at = toStage(view, SIZE, place);
      const r = Math.max(1, node.radius * 0.22);
      pen.fillStyle = node.fill;
      pen.fillRect(at.x - r, at.y - r, 2 * r, 2 * r);
    }
    const corner = toStage(view, SIZE, toPlane(frame.view, frame.size, { x: 0, y: 0 }));
    const other = toStage(view, SIZE, toPlane(frame.view, frame.size, { x: frame.size.width, y: frame.size.height }));
    pen.strokeStyle = frame.palette.accent;
    pen.lineWidth = 1.5;
    pen.strokeRect(corner.x, corner.y, other.x - corner.x, other.y - corner.y);
  }
}
