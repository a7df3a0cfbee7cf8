/* The camera of a stage: where it looks, where it is flying, and whether the reader has moved it. */

import { type Insets, NO_INSETS, type Point, type Size, type View, fitted, panned, showing, zoomed } from "./camera";
import { CAMERA_TIME, type Flight, flown } from "./motion";

export class Eye {
  view: View = { x: 0, y: 0, k: 1 };
  /** The zoom at which everything was last shown: sizes are measured against it. */
  first = 1;
  /** Whether the reader has chosen where to look; a new layout then leaves the camera alone. */
  isMoved = false;
  insets: Insets = NO_INSETS;
  #flight: Flight | null = null;
  readonly #isCalm: () => boolean;

  constructor(isCalm: () => boolean) {
    this.#isCalm = isCalm;
  }

  get isFlying(): boolean {
    return this.#flight !== null;
  }

  #around(points: Iterable<Point>, size: Size, margin: Point): View {
    const { top, right, bottom, left } = this.insets;
    return fitted(points, size, { top: top + margin.y, right: right + margin.x, bottom: bottom + margin.y, left: left + margin.x });
  }

  /** Show all points; from now on the reader has not moved the camera. */
  fit(points: Iterable<Point>, size: Size, margin: Point, animated: boolean): void {
    this.isMoved = false;
    const view = this.#around(points, size, margin);
    this.first = view.k;
    this.#fly(view, animated ? CAMERA_TIME : 0);
  }

  /** Keep all points in view while they glide. */
  follow(points: Iterable<Point>, size: Size, margin: Point): void {
    this.view = this.#around(points, size, margin);
    this.first = this.view.k;
  }

  zoom(factor: number, size: Size, at: Point, animated: boolean): void {
    this.isMoved = true;
    this.#fly(zoomed(this.#flight?.to ?? this.view, size, at, factor), animated ? CAMERA_TIME : 0);
  }

  pan(dx: number, dy: number, animated: boolean): void {
    this.isMoved = true;
    this.#fly(panned(this.#flight?.to ?? this.view, dx, dy), animated ? CAMERA_TIME : 0);
  }

  lookAt(point: Point): void {
    this.isMoved = true;
    this.#fly({ x: point.x, y: point.y, k: this.view.k }, 0);
  }

  reveal(point: Point, size: Size): void {
    const view = showing(this.view, size, point, this.insets);
    if (view !== this.view) this.#fly(view, CAMERA_TIME);
  }

  #fly(to: View, time: number): void {
    if (time === 0 || this.#isCalm()) {
      this.#flight = null;
      this.view = to;
    } else this.#flight = { from: this.view, to, start: performance.now(), time };
  }

  tick(time: number): void {
    if (!this.#flight) return;
    const { view, done } = flown(this.#flight, time);
    this.view = view;
    if (done) this.#flight = null;
  }
}
