/* The place where the picture stands: scene, labels, camera and where every node is. Knows nothing of state or pages. */

import type { Look, NodeLook } from "../reducers/appearance";
import { type Insets, NO_INSETS, type Point, type Size, type View, between, fitted, panned, showing, toPlane, toStage, zoomed } from "./camera";
import { make } from "../panels/dom";
import { LabelLayer } from "./label-layer";
import type { Label } from "./labels";
import type { Palette } from "./palette";
import { type Frame, type Scene, growthAt } from "./scene";

const CAMERA_TIME = 200;
const GLIDE_TIME = 650;
/** The picture is drawn this much larger than the stage on each side, so that most of a pan only shifts it. */
const MARGIN = 140;
const EMPTY: Look = { nodes: [], edges: [] };

interface Glide {
  readonly from: ReadonlyMap<string, Point>;
  readonly to: ReadonlyMap<string, Point>;
  readonly start: number;
  readonly follow: boolean;
}

interface Flight {
  readonly from: View;
  readonly to: View;
  readonly start: number;
  readonly time: number;
}

function eased(t: number): number {
  return 1 - (1 - t) ** 3;
}

export class Stage {
  readonly holder: HTMLElement;
  readonly #plate = make("div", { class: "explorer__plate" });
  readonly #sceneHolder = make("div", { class: "explorer__layer" });
  #scene: Scene;
  readonly #labels: LabelLayer;
  readonly #calm = matchMedia("(prefers-reduced-motion: reduce)");
  #size: Size = { width: 1, height: 1 };
  #sizedFor: Size | null = null;
  #view: View = { x: 0, y: 0, k: 1 };
  #firstZoom = 1;
  #look: Look = EMPTY;
  #places: ReadonlyMap<string, Point> = new Map();
  #palette: Palette;
  #insets: Insets = NO_INSETS;
  #glide: Glide | null = null;
  #flight: Flight | null = null;
  #request = 0;
  #moved = false;
  #hasDrawn = false;
  #drawn: Frame | null = null;
  /** Called after each drawn frame. */
  onFrame: () => void = () => undefined;

  constructor(holder: HTMLElement, makeScene: (holder: HTMLElement) => Scene, palette: Palette) {
    this.holder = holder;
    this.#plate.append(this.#sceneHolder);
    holder.append(this.#plate);
    this.#scene = makeScene(this.#sceneHolder);
    this.#labels = new LabelLayer(this.#plate);
    this.#palette = palette;
    this.resize();
    void document.fonts.ready.then(() => this.#fontsChanged());
    document.fonts.addEventListener("loadingdone", this.#fontsChanged);
  }

  get renderer(): string {
    return this.#scene.name;
  }

  get view(): View {
    return this.#view;
  }

  get size(): Size {
    return this.#size;
  }

  get places(): ReadonlyMap<string, Point> {
    return this.#places;
  }

  /** Whether the reader has chosen where to look; a new layout then leaves the camera alone. */
  get isMoved(): boolean {
    return this.#moved;
  }

  get isGliding(): boolean {
    return this.#glide !== null;
  }

  /** The labels now drawn, in pixels of the stage; for checks and measurements. */
  get labels(): Label[] {
    return this.#labels.boxes({ ...this.#frame(), size: this.#size });
  }

  /** Let another renderer take over; the picture stays the same. If it cannot start, the one before stays. */
  swap(makeScene: (holder: HTMLElement) => Scene): void {
    const layer = make("div", { class: "explorer__layer" });
    this.#sceneHolder.after(layer);
    try {
      const scene = makeScene(layer);
      scene.resize(this.#plateSize());
      this.#scene.destroy();
      this.#scene = scene;
      this.#drawn = null;
      this.#draw();
    } catch {
      layer.remove();
    }
  }

  #plateSize(): Size {
    return { width: this.#size.width + 2 * MARGIN, height: this.#size.height + 2 * MARGIN };
  }

  readonly #fontsChanged = (): void => {
    this.#labels.forget();
    this.#drawn = null;
    this.#schedule();
  };

  resize(): void {
    const box = this.holder.getBoundingClientRect();
    if (box.width < 2 || box.height < 2 || (box.width === this.#size.width && box.height === this.#size.height)) return;
    this.#size = { width: box.width, height: box.height };
    this.#drawn = null;
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
    this.#insets = insets;
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
    this.#glide = { from, to: places, start: performance.now(), follow };
    this.#schedule();
  }

  move(id: string, at: Point): void {
    this.#places = new Map(this.#places).set(id, at);
    if (this.#glide) this.#glide = { ...this.#glide, from: new Map(this.#glide.from).set(id, at), to: new Map(this.#glide.to).set(id, at) };
    this.#schedule();
  }

  // --- camera ---

  #fitView(places: ReadonlyMap<string, Point>): View {
    const points = this.#look.nodes.flatMap((node) => places.get(node.id) ?? []);
    const { top, right, bottom, left } = this.#insets;
    const { x, y } = this.#margin();
    return fitted(points, this.#size, { top: top + y, right: right + x, bottom: bottom + y, left: left + x });
  }

  #margin(): Point {
    return { x: this.#size.width < 500 ? 36 : 92, y: 38 };
  }

  fit(animated = true): void {
    this.#moved = false;
    const view = this.#fitView(this.#glide?.to ?? this.#places);
    this.#firstZoom = view.k;
    this.#fly(view, animated ? CAMERA_TIME : 0);
  }

  zoom(factor: number, at: Point = { x: this.#size.width / 2, y: this.#size.height / 2 }, animated = false): void {
    this.#moved = true;
    this.#fly(zoomed(this.#flight?.to ?? this.#view, this.#size, at, factor), animated ? CAMERA_TIME : 0);
  }

  pan(dx: number, dy: number, animated = false): void {
    this.#moved = true;
    this.#fly(panned(this.#flight?.to ?? this.#view, dx, dy), animated ? CAMERA_TIME : 0);
  }

  /** Bring a node into view if it is not. */
  reveal(id: string): void {
    const at = this.#places.get(id);
    if (!at) return;
    const view = showing(this.#view, this.#size, at, this.#insets);
    if (view !== this.#view) this.#fly(view, CAMERA_TIME);
  }

  centre(id: string): void {
    const at = this.#places.get(id);
    if (!at) return;
    this.#moved = true;
    const { top, right, bottom, left } = this.#insets;
    const k = this.#view.k;
    this.#fly({ x: at.x + (right - left) / 2 / k, y: at.y + (bottom - top) / 2 / k, k }, CAMERA_TIME);
  }

  #fly(to: View, time: number): void {
    if (time === 0 || this.#calm.matches) {
      this.#flight = null;
      this.#view = to;
    } else this.#flight = { from: this.#view, to, start: performance.now(), time };
    this.#schedule();
  }

  /** Draw now instead of with the next frame. */
  flush(): void {
    cancelAnimationFrame(this.#request);
    this.#tick(performance.now());
  }

  // --- pointing ---

  toPlane(at: Point): Point {
    return toPlane(this.#view, this.#size, at);
  }

  toStage(id: string): Point | null {
    const at = this.#places.get(id);
    return at ? toStage(this.#view, this.#size, at) : null;
  }

  radiusOf(id: string): number {
    return (this.#look.nodes.find((node) => node.id === id)?.radius ?? 6) * growthAt(this.#view.k, this.#firstZoom);
  }

  /** The topmost node within `reach` pixels of a point. */
  nodeAt(at: Point, reach: number): string | null {
    const growth = growthAt(this.#view.k, this.#firstZoom);
    let best: { node: NodeLook; distance: number } | null = null;
    for (const node of this.#look.nodes) {
      const place = this.#places.get(node.id);
      if (!place) continue;
      const there = toStage(this.#view, this.#size, place);
      const distance = Math.hypot(there.x - at.x, there.y - at.y) - node.radius * growth;
      if (distance <= reach && (best === null || distance <= best.distance)) best = { node, distance };
    }
    return best?.node.id ?? null;
  }

  // --- drawing ---

  #frame(): Frame {
    return { look: this.#look, places: this.#places, view: this.#view, size: this.#plateSize(), palette: this.#palette, growth: growthAt(this.#view.k, this.#firstZoom), margin: this.#margin() };
  }

  #schedule(): void {
    if (this.#request === 0) this.#request = requestAnimationFrame(this.#tick);
  }

  readonly #tick = (time: number): void => {
    this.#request = 0;
    this.#glideOn(time);
    this.#flyOn(time);
    this.#draw();
    if (this.#glide || this.#flight) this.#schedule();
  };

  #glideOn(time: number): void {
    const glide = this.#glide;
    if (!glide) return;
    const t = Math.min(1, Math.max(0, (time - glide.start) / GLIDE_TIME));
    const e = eased(t);
    const places = new Map<string, Point>();
    for (const [id, to] of glide.to) {
      const from = glide.from.get(id) ?? to;
      places.set(id, t === 1 ? to : { x: from.x + (to.x - from.x) * e, y: from.y + (to.y - from.y) * e });
    }
    this.#places = places;
    if (t === 1) this.#glide = null;
    if (glide.follow && !this.#moved) {
      this.#view = this.#fitView(places);
      this.#firstZoom = this.#view.k;
    }
  }

  #flyOn(time: number): void {
    const flight = this.#flight;
    if (!flight) return;
    const t = Math.min(1, Math.max(0, (time - flight.start) / flight.time));
    this.#view = between(flight.from, flight.to, t);
    if (t === 1) this.#flight = null;
  }

  /** How far the drawn picture is from where it should be; null if it must be drawn again. */
  #shift(frame: Frame): Point | null {
    const drawn = this.#drawn;
    const same = drawn?.look === frame.look && drawn.places === frame.places && drawn.palette === frame.palette && drawn.view.k === frame.view.k && drawn.growth === frame.growth;
    if (!drawn || !same) return null;
    // Whole pixels: text between two pixels is blurred.
    const shift = { x: Math.round((drawn.view.x - frame.view.x) * frame.view.k), y: Math.round((drawn.view.y - frame.view.y) * frame.view.k) };
    return Math.abs(shift.x) < MARGIN && Math.abs(shift.y) < MARGIN ? shift : null;
  }

  #draw(): void {
    const frame = this.#frame();
    const shift = this.#shift(frame);
    this.#plate.style.transform = shift ? `translate(${shift.x}px, ${shift.y}px)` : "none";
    if (!shift) this.#paint(frame);
    this.onFrame();
  }

  #paint(frame: Frame): void {
    // Until there is something to draw no canvas is made large: megabytes of nothing would be painted first.
    if (frame.look.nodes.length === 0 && !this.#hasDrawn) return;
    if (this.#sizedFor !== this.#size) {
      this.#scene.resize(frame.size);
      this.#labels.resize(frame.size);
      this.#sizedFor = this.#size;
    }
    this.#drawn = frame;
    this.#scene.draw(frame);
    this.#labels.draw(frame);
    if (!this.#hasDrawn && frame.look.nodes.length > 0) {
      this.#hasDrawn = true;
      performance.mark("explorer-first-picture");
    }
  }

  destroy(): void {
    cancelAnimationFrame(this.#request);
    document.fonts.removeEventListener("loadingdone", this.#fontsChanged);
    this.#scene.destroy();
    this.#labels.destroy();
    this.#plate.remove();
    this.#drawn = null;
    this.#glide = null;
    this.#look = EMPTY;
    this.#places = new Map();
  }
}
