/* The explorer: joins state, stage, panels and what acts on them. Embedded and full screen are the same component. */

import { Arranger } from "./acting/arranging";
import { type Desk, type Options, nameOf } from "./acting/desk";
import type { Furniture, Room } from "./acting/furnishing";
import { Loader, addressedBy, scopeOf } from "./acting/loading";
import { firstSlice } from "./client/api";
import { make } from "./panels/dom";
import { lookOf } from "./reducers/appearance";
import type { Point } from "./scene/camera";
import { readPalette } from "./scene/palette";
import { hasFastWebGL } from "./scene/scene";
import { CanvasScene } from "./scene/scene-canvas";
import { Stage } from "./scene/stage";
import { Store } from "./state/actions";
import { startState } from "./state/state";
import { visibleOf } from "./state/visible";

export type { Options } from "./acting/desk";

const UPGRADE_AFTER = 1_500; // milliseconds; by then the layout stands
const PATIENCE = 80; // milliseconds the answer may take before everything around the picture is made first

/** Whether a graphics card should draw; `?renderer=` chooses for comparison. */
function wantsWebGL(wanted: string | null): boolean {
  return wanted === "webgl" || (wanted !== "canvas" && hasFastWebGL());
}

export class Explorer {
  readonly #desk: Desk;
  readonly #ended = new AbortController();
  readonly #arranger: Arranger;
  readonly #loader: Loader;
  readonly #room: Room;
  #furniture: Furniture | null = null;
  /** Read once: the address changes with the state. */
  readonly #wanted = new URLSearchParams(location.search).get("renderer");

  constructor(root: HTMLElement, options: Options) {
    const ended = this.#ended.signal;
    const addressed = addressedBy({ options });
    const focus = addressed.focus ?? options.focus;
    // Asked before anything is built; the loader takes the answer.
    const early = { focus, slice: firstSlice(options.sliceUrl, focus, scopeOf(options, root), ended) };
    early.slice.catch(() => undefined);
    const live = make("p", { class: "visually-hidden", "aria-live": "polite" });
    const holder = make("div", { class: "explorer__scene" });
    const surface = make("div", { class: "explorer__surface", tabindex: "0", role: "application", "aria-roledescription": "graph" }, holder);
    const waits = [...root.querySelectorAll<HTMLElement>("[data-explorer-wait]")];
    for (const wait of waits) wait.classList.add("explorer__wait--over");
    const inner = make("div", { class: "explorer__stage" }, surface);
    const [bar, foot] = [make("div", { class: "explorer__bar" }), make("div", { class: "explorer__foot" })];
    root.append(bar, inner, foot, live);
    this.#room = { surface, inner, waits, bar, foot };
    const store = new Store(startState(focus, addressed.start));
    const stage = new Stage(holder, (layer) => new CanvasScene(layer), readPalette(root));
    this.#desk = { root, options, store, stage, ended, say: (words) => (live.textContent = words) };
    this.#arranger = new Arranger(this.#desk);
    this.#loader = new Loader(this.#desk, this.#arranger, early);
    store.listen((state, before) => {
      if (!this.#furniture && state.picture !== before.picture) stage.look = lookOf(state, stage.frame.palette);
    });
    stage.onFrame = () => this.#pictured();
    setTimeout(() => void this.#furnish(), PATIENCE);
    // A page kept for the back button keeps its picture; one that goes gives everything back.
    addEventListener("pagehide", (event) => event.persisted || this.destroy(), { signal: ended });
    addEventListener("online", () => this.#loader.retry(), { signal: ended });
    if (!options.embedded) addEventListener("popstate", () => void this.#loader.open(), { signal: ended });
    // Checks and measurements reach it by its element, as pages' own scripts may.
    Object.defineProperty(root, "explorer", { value: this, configurable: true });
  }

  /** The first picture is drawn: once it is seen, make everything around it. */
  #pictured(): void {
    if (this.#desk.store.state.picture === null) return;
    this.#desk.stage.onFrame = () => undefined;
    for (const wait of this.#room.waits) wait.hidden = true;
    requestAnimationFrame(() => setTimeout(() => void this.#furnish()));
  }

  async #furnish(): Promise<void> {
    const { Furniture } = await import("./acting/furnishing");
    if (this.#furniture || this.#ended.signal.aborted) return;
    this.#desk.stage.onFrame = () => undefined;
    this.#furniture = new Furniture(this.#desk, this.#arranger, this.#loader, this.#room);
  }

  /** Load what the address (or the options) asks for. */
  async open(): Promise<void> {
    await this.#loader.open();
    setTimeout(() => void this.#upgrade(), UPGRADE_AFTER);
  }

  /** The first picture is drawn on a plain canvas, soonest; where a graphics card is ready it takes over afterwards. */
  async #upgrade(): Promise<void> {
    const { root, stage, ended } = this.#desk;
    if (ended.aborted || stage.renderer === "webgl" || !wantsWebGL(this.#wanted)) return;
    const { WebGLScene } = await import("./scene/scene-webgl");
    if (ended.aborted) return;
    stage.swap((layer) => new WebGLScene(layer));
    root.dataset.renderer = stage.renderer;
  }

  /** What is drawn now, for checks and measurements. */
  inspect(): { isStill: boolean; nodes: string[]; names: string[]; edges: string[]; labels: { id: string; left: number; top: number; right: number; bottom: number }[]; places: [string, Point][]; view: { x: number; y: number; k: number } } {
    const { root, store, stage } = this.#desk;
    const visible = visibleOf(store.state);
    const isLoading = store.state.progress.is === "loading" || root.dataset.layout === "running" || this.#furniture === null;
    return {
      isStill: !isLoading && !stage.isMoving,
      nodes: [...visible.nodes],
      names: [...visible.nodes].map((id) => nameOf(store.state, id)),
      edges: visible.edges.map((edge) => edge.key),
      labels: stage.labels.map(({ id, left, top, right, bottom }) => ({ id, left, top, right, bottom })),
      places: [...stage.places],
      view: stage.view,
    };
  }

  destroy(): void {
    const { root, stage, store } = this.#desk;
    this.#ended.abort();
    this.#loader.destroy();
    this.#arranger.destroy();
    this.#furniture?.destroy();
    this.#furniture = null;
    stage.onFrame = () => undefined;
    stage.destroy();
    store.destroy();
    Reflect.deleteProperty(root, "explorer");
    root.replaceChildren();
    root.classList.remove("explorer--started");
  }
}
