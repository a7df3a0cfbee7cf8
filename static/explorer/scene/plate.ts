/* What is painted: scene and labels on a plate larger than the stage, so that most of a pan only shifts it. */

import { make } from "../panels/dom";
import type { Point, Size } from "./camera";
import { LabelLayer } from "./label-layer";
import type { Label } from "./labels";
import type { Frame, Scene } from "./scene";

/** The plate is this much larger than the stage on each side. */
const MARGIN = 140;

type Make = (holder: HTMLElement) => Scene;

function widened({ width, height }: Size): Size {
  return { width: width + 2 * MARGIN, height: height + 2 * MARGIN };
}

export class Plate {
  readonly #element = make("div", { class: "explorer__plate" });
  readonly #sceneHolder = make("div", { class: "explorer__layer" });
  #scene: Scene;
  readonly #labels: LabelLayer;
  #sizedFor: Size | null = null;
  #hasDrawn = false;
  /** As given, in the size of the stage. */
  #drawn: Frame | null = null;
  /** Whether labels are still missing because the picture was on its way. */
  isRough = false;

  constructor(holder: HTMLElement, makeScene: Make) {
    this.#element.append(this.#sceneHolder);
    holder.append(this.#element);
    this.#scene = makeScene(this.#sceneHolder);
    this.#labels = new LabelLayer(this.#element);
  }

  get renderer(): string {
    return this.#scene.name;
  }

  /** The labels as drawn, in pixels of the stage. */
  labels(frame: Frame): Label[] {
    return this.#labels.boxes(frame);
  }

  /** Fonts have arrived: measure again. */
  forget(): void {
    this.#labels.forget();
    this.#drawn = null;
  }

  /** Let another renderer take over. If it cannot start, the one before stays. */
  swap(makeScene: Make, frame: Frame): void {
    const layer = make("div", { class: "explorer__layer" });
    this.#sceneHolder.after(layer);
    try {
      const scene = makeScene(layer);
      scene.resize(widened(frame.size));
      this.#scene.destroy();
      this.#scene = scene;
      this.#drawn = null;
      this.#sizedFor = null;
      this.draw(frame, false);
    } catch {
      layer.remove();
    }
  }

  /** How far the drawn picture is from where it should be; null if it must be drawn again. */
  #shift(frame: Frame): Point | null {
    const drawn = this.#drawn;
    const same =
      drawn?.look === frame.look && drawn.places === frame.places && drawn.palette === frame.palette && drawn.size === frame.size && drawn.view.k === frame.view.k && drawn.growth === frame.growth;
    if (!drawn || !same) return null;
    // Whole pixels: text between two pixels is blurred.
    const shift = { x: Math.round((drawn.view.x - frame.view.x) * frame.view.k), y: Math.round((drawn.view.y - frame.view.y) * frame.view.k) };
    return Math.abs(shift.x) < MARGIN && Math.abs(shift.y) < MARGIN ? shift : null;
  }

  /** `isMoving`: nodes are on their way, so labels are placed roughly until they stand. */
  draw(frame: Frame, isMoving: boolean): void {
    const shift = this.isRough && !isMoving ? null : this.#shift(frame);
    this.#element.style.transform = shift ? `translate(${shift.x}px, ${shift.y}px)` : "none";
    if (!shift) this.#paint(frame, isMoving || !this.#hasDrawn);
  }

  #paint(frame: Frame, isRough: boolean): void {
    // Until there is something to draw no canvas is made large: megabytes of nothing would be painted first.
    if (frame.look.nodes.length === 0 && !this.#hasDrawn) return;
    const wide = { ...frame, size: widened(frame.size) };
    if (this.#sizedFor !== frame.size) {
      this.#scene.resize(wide.size);
      if (this.#scene.pen) this.#labels.borrow(this.#scene.pen);
      else this.#labels.resize(wide.size);
      this.#sizedFor = frame.size;
    }
    this.#drawn = frame;
    this.isRough = isRough;
    this.#scene.draw(wide);
    this.#labels.draw(wide, isRough);
    if (!this.#hasDrawn && frame.look.nodes.length > 0) {
      this.#hasDrawn = true;
      performance.mark("explorer-first-picture");
    }
  }

  destroy(): void {
    this.#scene.destroy();
    this.#labels.destroy();
    this.#element.remove();
    this.#drawn = null;
  }
}
