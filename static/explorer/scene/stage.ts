/* The place where the picture stands: scene, labels, camera and where every node is. Knows nothing of state or pages. */

import type { Look } from "../reducers/appearance";
import { type Insets, type Point, type Size, type View, toPlane, toStage } from "./camera";
import { Eye } from "./eye";
import type { Label } from "./labels";
import { type Glide, glided } from "./motion";
import type { Palette } from "./palette";
import { Plate } from "./plate";
import { type Area, edgeUnder, nodeUnder, nodesWithin } from "./pointing";
import { type Frame, type Scene, growthAt } from "./scene";

const EMPTY: Look = { nodes: [], edges: [] };

export class Stage {
  readonly holder: HTMLElement;
  readonly #plate: Plate;
  readonly #calm = matchMedia("(prefers-reduced-motion: reduce)");
  #size: Size = { width: 1, height: 1 };
  readonly #eye = new Eye(() => this.#calm.matches);
  #look: Look = EMPTY;
  #places: ReadonlyMap<string, Point> = new Map();
  #palette: Palette;
  #glide: Glide | null = null;
  #request = 0;
  /** Called after each drawn frame. */
  onFrame: () => void = () => undefined;

  constructor(holder: HTMLElement, makeScene: (holder: HTMLElement) => Scene, palette: Palette) {
    this.holder = holder;
    this.#plate = new Plate(holder, makeScene);
    this.#palette = palette;
    this.resize();
    void document.fonts.ready.then(() => this.#fontsChanged());
    document.fonts.addEventListener("loadingdone", this.#fontsChanged);
  }

  get renderer(): string {
    return this.#plate.renderer;
  }

  get view(): View {
    return this.#eye.view;
  }

  get size(): Size {
    return this.#size;
  }

  get places(): ReadonlyMap<string, Point> {
    return this.#places;
  }

  /** Whether the reader has chosen where to look; a new layout then leaves the camera alone. */
  get isMoved(): boolean {
    return this.#eye.isMoved;
  }

  get isGliding(): boolean {
    return this.#glide !== null;
  }

  /** Whether the picture is on its way: nodes, camera or labels. */
  get isMoving(): boolean {
    return this.#glide !== null || this.#eye.isFlying || this.#plate.isRough;
  }

  /** The labels now drawn, in pixels of the stage; for checks and measurements. */
  get labels(): Label[] {
    return this.#plate.labels(this.frame);
  }

  /** What is drawn now, in the size of the stage. */
  get frame(): Frame {
    const { view, first } = this.#eye;
    return { look: this.#look, places: this.#places, view, size: this.#size, palette: this.#palette, growth: growthAt(view.k, first), margin: this.#margin() };
  }

  /** Let another renderer take over; the picture stays the same. If it cannot start, the one before stays. */
  swap(makeScene: (holder: HTMLElement) => Scene): void {
    this.#plate.swap(makeScene, this.frame);
  }

  readonly #fontsChanged = (): void => {
    this.#plate.forget();
    this.#schedule();
  };

  resize(): void {
    const box = this.holder.getBoundingClientRect();
    if (box.width < 2 || box.height < 2 || (box.width === this.#size.width && box.height === this.#size.height)) return;
    this.#size = { width: box.width, height: box.height };
    this.#draw();
  }

  set look(look: Look) {
    this.#look = look;
    this.#schedule();
  }

  set palette(palette: Palette) {
    this.#palette = palette;
    this.#schedule();
  }

  set insets(insets: Insets) {
    this.#eye.insets = insets;
  }

  /** Put nodes at once. */
  place(places: ReadonlyMap<string, Point>): void {
    this.#glide = null;
    this.#places = places;
    this.#schedule();
  }

  /** Move nodes to `places`; with `follow` the camera keeps the whole in view. */
  glide(places: ReadonlyMap<string, Point>, follow: boolean): void {
    if (this.#calm.matches) {
      this.place(places);
      if (follow) this.fit(false);
      return;
    }
    const from = new Map([...places].map(([id, to]) => [id, this.#places.get(id) ?? to]));
    const isStill = [...places].every(([id, to]) => from.get(id)?.x === to.x && from.get(id)?.y === to.y);
    if (isStill) {
      this.place(places);
      return;
    }
    this.#glide = { from, to: places, start: performance.now(), follow };
    this.#schedule();
  }

  move(id: string, at: Point): void {
    this.#places = new Map(this.#places).set(id, at);
    if (this.#glide) this.#glide = { ...this.#glide, from: new Map(this.#glide.from).set(id, at), to: new Map(this.#glide.to).set(id, at) };
    this.#schedule();
  }

  // --- camera ---

  /** Room for labels around the outermost nodes. */
  #margin(): Point {
    return { x: this.#size.width < 500 ? 36 : 92, y: 38 };
  }

  #points(places: ReadonlyMap<string, Point>): Point[] {
    return this.#look.nodes.flatMap((node) => places.get(node.id) ?? []);
  }

  fit(animated = true): void {
    this.#eye.fit(this.#points(this.#glide?.to ?? this.#places), this.#size, this.#margin(), animated);
    this.#schedule();
  }

  zoom(factor: number, at: Point = { x: this.#size.width / 2, y: this.#size.height / 2 }, animated = false): void {
    this.#eye.zoom(factor, this.#size, at, animated);
    this.#schedule();
  }

  pan(dx: number, dy: number, animated = false): void {
    this.#eye.pan(dx, dy, animated);
    this.#schedule();
  }

  /** Look at a point of the plane; the zoom stays. */
  lookAt(point: Point): void {
    this.#eye.lookAt(point);
    this.#schedule();
  }

  /** Bring a node into view if it is not. */
  reveal(id: string): void {
    const at = this.#places.get(id);
    if (at) this.#eye.reveal(at, this.#size);
    this.#schedule();
  }

  /** Draw now instead of with the next frame. */
  flush(): void {
    cancelAnimationFrame(this.#request);
    this.#tick(performance.now());
  }

  // --- pointing ---

  toPlane(at: Point): Point {
    return toPlane(this.#eye.view, this.#size, at);
  }

  toStage(id: string): Point | null {
    const at = this.#places.get(id);
    return at ? toStage(this.#eye.view, this.#size, at) : null;
  }

  radiusOf(id: string): number {
    return (this.#look.nodes.find((node) => node.id === id)?.radius ?? 6) * growthAt(this.#eye.view.k, this.#eye.first);
  }

  nodeAt(at: Point, reach: number): string | null {
    return nodeUnder(this.frame, at, reach);
  }

  edgeAt(at: Point, reach: number): string | null {
    return edgeUnder(this.frame, at, reach);
  }

  nodesIn(area: Area): string[] {
    return nodesWithin(this.frame, area);
  }

  // --- drawing ---

  #schedule(): void {
    if (this.#request === 0) this.#request = requestAnimationFrame(this.#tick);
  }

  readonly #tick = (time: number): void => {
    this.#request = 0;
    this.#glideOn(time);
    this.#eye.tick(time);
    this.#draw();
    if (this.#glide || this.#eye.isFlying) this.#schedule();
  };

  #glideOn(time: number): void {
    const glide = this.#glide;
    if (!glide) return;
    const { places, done } = glided(glide, time);
    this.#places = places;
    if (done) this.#glide = null;
    if (glide.follow && !this.#eye.isMoved) this.#eye.follow(this.#points(places), this.#size, this.#margin());
  }

  #draw(): void {
    this.#plate.draw(this.frame, this.#glide !== null);
    if (this.#plate.isRough) this.#schedule();
    this.onFrame();
  }

  destroy(): void {
    cancelAnimationFrame(this.#request);
    document.fonts.removeEventListener("loadingdone", this.#fontsChanged);
    this.#plate.destroy();
    this.#glide = null;
    this.#look = EMPTY;
    this.#places = new Map();
  }
}
