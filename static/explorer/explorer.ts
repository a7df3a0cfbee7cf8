/* The explorer: joins state, stage, panels and what acts on them. Embedded and full screen are the same component. */

import { Arranger } from "./acting/arranging";
import { Deeds } from "./acting/deeds";
import type { Desk, Options } from "./acting/desk";
import { listenToGestures } from "./acting/gestures";
import { Keys } from "./acting/keys";
import { Loader, addressedBy, scopeOf } from "./acting/loading";
import { Showing } from "./acting/showing";
import { writeAddress } from "./client/address";
import { firstSlice, saveView, searchPortal } from "./client/api";
import type { Format } from "./exports/formats";
import { Bar, type BarActions } from "./panels/bar";
import { make } from "./panels/dom";
import { Foot } from "./panels/foot";
import { HoverCard } from "./panels/hover-card";
import { Key } from "./panels/key";
import { Overlay } from "./panels/overlay";
import { Panel } from "./panels/panel";
import { ProgressLine } from "./panels/progress";
import type { Point } from "./scene/camera";
import { readPalette } from "./scene/palette";
import { hasFastWebGL } from "./scene/scene";
import { CanvasScene } from "./scene/scene-canvas";
import { Stage } from "./scene/stage";
import { Store } from "./state/actions";
import { startState } from "./state/state";
import { visibleOf } from "./state/visible";
import { TableView } from "./table/table-view";

export type { Options } from "./acting/desk";

const UPGRADE_AFTER = 1_500; // milliseconds; by then the layout stands

/** Whether a graphics card should draw; `?renderer=` chooses for comparison. */
function wantsWebGL(wanted: string | null): boolean {
  return wanted === "webgl" || (wanted !== "canvas" && hasFastWebGL());
}

let made = 0;

export class Explorer {
  readonly #desk: Desk;
  readonly #ended = new AbortController();
  readonly #arranger: Arranger;
  readonly #loader: Loader;
  readonly #deeds: Deeds;
  readonly #showing: Showing;
  /** Read once: the address changes with the state. */
  readonly #wanted = new URLSearchParams(location.search).get("renderer");

  constructor(root: HTMLElement, options: Options) {
    made += 1;
    const ended = this.#ended.signal;
    const addressed = addressedBy({ options });
    const focus = addressed.focus ?? options.focus;
    // Asked before anything is built; the loader takes the answer.
    const early = { focus, slice: firstSlice(options.sliceUrl, focus, scopeOf(options, root), ended) };
    early.slice.catch(() => undefined);
    const live = make("p", { class: "visually-hidden", "aria-live": "polite" });
    const holder = make("div", { class: "explorer__scene" });
    const surface = make("div", { class: "explorer__surface", tabindex: "0", role: "application", "aria-roledescription": "graph" }, holder);
    const waits = root.querySelectorAll<HTMLElement>("[data-explorer-wait]");
    for (const wait of waits) wait.classList.add("explorer__wait--over");
    const inner = make("div", { class: "explorer__stage" }, surface);
    root.append(inner, live);
    const store = new Store(startState(focus, addressed.start));
    const stage = new Stage(holder, (layer) => new CanvasScene(layer), readPalette(root));
    this.#desk = { root, options, store, stage, ended, say: (words) => (live.textContent = words) };
    this.#arranger = new Arranger(this.#desk);
    this.#loader = new Loader(this.#desk, this.#arranger, early);
    const deeds = new Deeds(this.#desk, this.#arranger, this.#loader);
    this.#deeds = deeds;
    const keys = new Keys(this.#desk, deeds, { help: () => void this.#help(), find: () => bar.search.focus() });
    const bar = new Bar(String(made), this.#barActions(root), ended);
    const table = new TableView((id) => deeds.select(id));
    const foot = new Foot(
      {
        zoom: (factor) => stage.zoom(factor, undefined, true),
        fit: () => stage.fit(),
        undo: () => deeds.undo(),
        redo: () => deeds.redo(),
        help: () => void this.#help(),
        fullscreen: () => void deeds.fullscreen(),
      },
      options.embedded ? `${options.exploreUrl}?focus=${options.focus}` : null,
    );
    const panel = new Panel(deeds, document);
    const key = new Key((bucket) => deeds.toggleBucket(bucket));
    const [card, overlay, progress] = [new HoverCard(), new Overlay(), new ProgressLine(deeds)];
    surface.prepend(overlay.element);
    surface.append(card.element);
    inner.append(key.element, progress.element, panel.element);
    inner.before(bar.element);
    inner.after(table.element, foot.element);
    root.classList.add("explorer--started");
    this.#showing = new Showing(this.#desk, this.#arranger, { surface, inner, waits: [...waits], bar, table, foot, panel, key, card, overlay, progress });
    listenToGestures(surface, this.#desk, deeds);
    surface.addEventListener("keydown", (event) => event.target === surface && keys.onPicture(event), { signal: ended });
    table.element.addEventListener("keydown", (event) => keys.onTable(event), { signal: ended });
    addEventListener("online", () => this.#loader.retry(), { signal: ended });
    if (!options.embedded) addEventListener("popstate", () => void this.#loader.open(), { signal: ended });
    // Checks and measurements reach it by its element, as pages' own scripts may.
    Object.defineProperty(root, "explorer", { value: this, configurable: true });
  }

  #barActions(root: HTMLElement): BarActions {
    const { options } = this.#desk;
    const { saveUrl, searchUrl } = options;
    // The parts are made before the deeds are done: each is looked up when it is needed.
    const deeds = (): Deeds => this.#deeds;
    return {
      search: {
        type: (query) => deeds().search(query),
        choose: (id) => this.#choose(id),
        ask: searchUrl ? (query) => searchPortal(searchUrl, query, this.#desk.ended) : null,
        add: (hit) => {
          deeds().search("");
          void deeds().add(hit.id);
        },
      },
      filter: deeds(),
      look: {
        colour: (colour) => deeds().colour(colour),
        size: (size) => deeds().size(size),
        layout: (layout) => deeds().layout(layout),
        freeze: (frozen) => deeds().freeze(frozen),
        map: (isShown) => void this.#showing.showMap(isShown),
      },
      share: {
        copyLink: () => this.#copyLink(),
        download: (format) => this.#download(format),
        save: saveUrl ? (name, note, isPublic) => saveView(saveUrl, { name, note, isPublic, address: writeAddress(this.#desk.store.state) }, tokenOf(root), this.#desk.ended) : null,
      },
      toggleKind: (kind) => deeds().toggleKind(kind),
      show: (shown) => deeds().show(shown),
    };
  }

  /** The help is made when it is first asked for. */
  async #help(): Promise<void> {
    const { root } = this.#desk;
    const { makeHelp } = await import("./panels/help");
    const help = root.querySelector<HTMLDialogElement>(".explorer__help") ?? makeHelp();
    root.append(help);
    if (!help.open) help.showModal();
  }

  #choose(id: string): void {
    this.#deeds.search("");
    this.#deeds.select(id);
    if (this.#desk.store.state.shown === "picture") this.#showing.focusPicture();
  }

  async #copyLink(): Promise<boolean> {
    const address = new URL(`${this.#desk.options.exploreUrl}${writeAddress(this.#desk.store.state)}`, location.href);
    try {
      await navigator.clipboard.writeText(address.href);
      return true;
    } catch {
      return false;
    }
  }

  async #download(format: Format): Promise<string> {
    const { store, stage } = this.#desk;
    const [{ download }, { contentOf }] = await Promise.all([import("./exports/files"), import("./exports/content")]);
    return download(format, contentOf(store.state, stage.frame.palette, location.origin), stage);
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
  inspect(): { nodes: string[]; edges: string[]; labels: { id: string; left: number; top: number; right: number; bottom: number }[]; places: [string, Point][]; view: { x: number; y: number; k: number } } {
    const { store, stage } = this.#desk;
    const visible = visibleOf(store.state);
    return {
      nodes: [...visible.nodes],
      edges: visible.edges.map((edge) => edge.key),
      labels: stage.labels.map(({ id, left, top, right, bottom }) => ({ id, left, top, right, bottom })),
      places: [...stage.places],
      view: stage.view,
    };
  }

  destroy(): void {
    const { root, stage } = this.#desk;
    this.#ended.abort();
    this.#loader.destroy();
    this.#arranger.destroy();
    this.#showing.destroy();
    stage.destroy();
    Reflect.deleteProperty(root, "explorer");
    root.replaceChildren();
    root.classList.remove("explorer--started");
  }
}

/** Django's token against forged requests, from the page's own form. */
function tokenOf(root: HTMLElement): string {
  const form = root.ownerDocument.querySelector<HTMLTemplateElement>("template[data-explorer-follow]")?.content;
  return form?.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]")?.value ?? "";
}

