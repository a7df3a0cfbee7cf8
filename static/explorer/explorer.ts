/* The explorer: joins state, stage, controls and the portal's answers. Embedded and full screen are the same component. */

import { readAddress, writeAddress } from "./client/address";
import { AskError, expansion, firstSlice } from "./client/api";
import { lookOf } from "./reducers/appearance";
import type { Point } from "./scene/camera";
import { button, make } from "./panels/dom";
import { makeHelp } from "./panels/help";
import { HoverCard } from "./panels/hover-card";
import { icon } from "./panels/icons";
import { Layouter } from "./scene/layouter";
import { Legend } from "./panels/legend";
import { type Direction, type Placed, neighbourTowards } from "./scene/neighbour";
import { type Palette, readPalette } from "./scene/palette";
import { Panel } from "./panels/panel";
import { type Picture, type PictureNode, linksOf } from "./state/picture";
import { listenToPointer } from "./scene/pointer";
import { hasFastWebGL } from "./scene/scene";
import { CanvasScene } from "./scene/scene-canvas";
import { SearchBox } from "./panels/search-box";
import type { Slice } from "./client/slice";
import { Stage } from "./scene/stage";
import { type Action, type State, Store, isVisible, startState } from "./state/state";
import { TableView } from "./table/table-view";
import { capital, count, fact, leftOutWords, plain } from "./panels/words";

export interface Options {
  readonly focus: string;
  readonly sliceUrl: string;
  readonly exploreUrl: string;
  readonly embedded: boolean;
  /** How many records the first picture holds; by default as many as its width allows. */
  readonly limit?: number;
  /** Told when another record has become the focus. */
  readonly focused?: (focus: PictureNode) => void;
}

const LIMITS = { wide: 110, narrow: 60 };
const UPGRADE_AFTER = 1_500; // milliseconds; by then the layout stands
const SPREAD = 560; // the server's -1..1 in units of the plane, before the layout's own scale

/** Whether a graphics card should draw; `?renderer=` chooses for comparison. */
function wantsWebGL(wanted: string | null): boolean {
  return wanted === "webgl" || (wanted !== "canvas" && hasFastWebGL());
}

let made = 0;

export class Explorer {
  readonly #root: HTMLElement;
  readonly #options: Options;
  readonly #store: Store;
  readonly #stage: Stage;
  readonly #layouter = new Layouter();
  readonly #ended = new AbortController();
  #asking = new AbortController();
  #early: { readonly focus: string; readonly slice: Promise<Slice> } | null = null;
  #palette: Palette;
  /** Read once: the address changes with the state. */
  readonly #wanted = new URLSearchParams(location.search).get("renderer");

  readonly #surface = make("div", { class: "explorer__surface", tabindex: "0", role: "application", "aria-roledescription": "graph" });
  readonly #status = make("p", { class: "explorer__status", hidden: true });
  readonly #note = make("p", { class: "explorer__note" });
  readonly #live = make("p", { class: "visually-hidden", "aria-live": "polite" });
  readonly #help = makeHelp();
  readonly #card = new HoverCard();
  readonly #legend: Legend;
  readonly #panel: Panel;
  readonly #table: TableView;
  readonly #search: SearchBox;
  readonly #undo: HTMLButtonElement;
  readonly #views: readonly HTMLButtonElement[];

  constructor(root: HTMLElement, options: Options) {
    made += 1;
    this.#root = root;
    this.#palette = readPalette(root);
    this.#options = options;
    const addressed = readAddress(options.embedded ? "" : location.search);
    // Asked before anything is built; `open` takes the answer.
    this.#early = { focus: options.focus, slice: this.#first(options.focus, this.#ended.signal) };
    this.#early.slice.catch(() => undefined);
    this.#store = new Store(startState(options.focus, addressed));
    this.#legend = new Legend((kind) => this.#do({ type: "toggleKind", kind }));
    this.#panel = new Panel({
      select: (id) => this.#select(id),
      expand: (id) => void this.#expand(id),
      collapse: (id) => this.#collapse(id),
      refocus: (id) => void this.refocus(id),
      togglePin: (id) => this.#togglePin(id),
    });
    this.#table = new TableView((id) => this.#select(id));
    this.#search = new SearchBox(
      String(made),
      (query) => this.#do({ type: "search", query }),
      (id) => this.#choose(id),
    );
    this.#undo = button("Undo", icon("undo"), () => this.#undoLast(), { class: "explorer__button", disabled: true });
    this.#views = (["picture", "table"] as const).map((shown) => button(capital(shown), capital(shown), () => this.#do({ type: "show", shown }), { class: "explorer__view", "data-shown": shown }));
    const holder = make("div", { class: "explorer__scene" });
    this.#build(holder);
    this.#stage = new Stage(holder, (layer) => new CanvasScene(layer), this.#palette);
    this.#stage.onFrame = () => this.#placeCard();
    root.dataset.renderer = this.#stage.renderer;
    this.#listen();
    this.#store.listen((state, before) => this.#show(state, before));
    this.#show(this.#store.state, null);
    // Checks and measurements reach it by its element, as pages' own scripts may.
    Object.defineProperty(root, "explorer", { value: this, configurable: true });
  }

  /** The first picture is drawn on a plain canvas, soonest; where a graphics card is ready it takes over afterwards. */
  async #upgrade(): Promise<void> {
    if (this.#stage.renderer === "webgl" || !wantsWebGL(this.#wanted)) return;
    const { WebGLScene } = await import("./scene/scene-webgl");
    if (this.#ended.signal.aborted) return;
    this.#stage.swap((layer) => new WebGLScene(layer));
    this.#root.dataset.renderer = this.#stage.renderer;
  }

  // --- making ---

  #build(holder: HTMLElement): void {
    const views = make("div", { class: "explorer__views", role: "group", "aria-label": "Shown as" }, ...this.#views);
    const zoom = make(
      "div",
      { class: "explorer__zoom", role: "group", "aria-label": "View" },
      button("Zoom in", icon("plus"), () => this.#stage.zoom(1.5, undefined, true), { class: "explorer__button" }),
      button("Zoom out", icon("minus"), () => this.#stage.zoom(1 / 1.5, undefined, true), { class: "explorer__button" }),
      button("Show everything", icon("fit"), () => this.#stage.fit(), { class: "explorer__button" }),
      this.#undo,
      button("Keys and gestures", icon("help"), () => this.#help.showModal(), { class: "explorer__button" }),
      this.#options.embedded
        ? make("a", { class: "explorer__button", href: this.#fullAddress(), "aria-label": "Open full explorer", title: "Open full explorer" }, icon("fullscreen"))
        : button("Full screen", icon("fullscreen"), () => this.#toggleFullscreen(), { class: "explorer__button" }),
    );
    this.#surface.append(holder, this.#card.element);
    const stage = make("div", { class: "explorer__stage" }, this.#surface, this.#status, this.#panel.element);
    const foot = make("div", { class: "explorer__foot" }, this.#note, zoom);
    const bar = make("div", { class: "explorer__bar" }, this.#search.element, this.#legend.element, views);
    for (const waiting of this.#root.querySelectorAll("[data-explorer-wait]")) waiting.classList.add("explorer__wait--over");
    this.#root.append(bar, stage, this.#table.element, foot, this.#live, this.#help);
    this.#root.classList.add("explorer--started");
  }

  #listen(): void {
    const { signal } = this.#ended;
    listenToPointer(
      this.#surface,
      {
        nodeAt: (at, touch) => this.#stage.nodeAt(at, touch ? 14 : 5),
        hover: (node) => this.#hover(node),
        press: (node) => this.#select(node),
        pressTwice: (node, at) => (node === null ? this.#stage.zoom(1.7, at, true) : void this.#expand(node)),
        drag: (node, at) => this.#stage.move(node, this.#stage.toPlane(at)),
        dropped: (node) => {
          this.#do({ type: "pin", node });
          this.#say(`${this.#name(node)} is held where you put it.`);
        },
        pan: (dx, dy) => this.#stage.pan(dx, dy),
        zoom: (at, factor) => this.#stage.zoom(factor, at),
        wheelZooms: (event) => !this.#options.embedded || event.ctrlKey || document.activeElement === this.#surface,
      },
      signal,
    );
    this.#surface.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.#table.element.addEventListener("keydown", (event) => this.#keyInTable(event), { signal });
    const observer = new ResizeObserver(() => {
      this.#stage.resize();
      if (!this.#stage.isMoved && !this.#stage.isGliding) this.#stage.fit(false);
    });
    observer.observe(this.#surface);
    signal.addEventListener("abort", () => observer.disconnect());
    const repaint = (): void => {
      this.#palette = readPalette(this.#root);
      this.#stage.palette = this.#palette;
      this.#stage.look = lookOf(this.#store.state, this.#palette);
    };
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint, { signal });
    document.addEventListener("themechange", repaint, { signal });
    const theme = new MutationObserver(repaint);
    theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    signal.addEventListener("abort", () => theme.disconnect());
    addEventListener("online", () => this.#retry(), { signal });
    if (!this.#options.embedded) addEventListener("popstate", () => void this.open(), { signal });
  }

  // --- loading ---

  /** Load what the address (or the options) asks for. */
  async open(): Promise<void> {
    const addressed = readAddress(this.#options.embedded ? "" : location.search);
    const focus = addressed.focus ?? this.#options.focus;
    if (!(await this.#load(focus))) return;
    setTimeout(() => void this.#upgrade(), UPGRADE_AFTER);
    for (const node of addressed.expanded) if (this.#store.state.picture?.nodes.has(node)) await this.#expand(node);
    if (addressed.selected !== null && this.#store.state.picture?.nodes.has(addressed.selected)) this.#do({ type: "select", node: addressed.selected });
  }

  #first(focus: string, signal: AbortSignal): Promise<Slice> {
    const limit = this.#options.limit ?? (this.#root.clientWidth < 500 ? LIMITS.narrow : LIMITS.wide);
    return firstSlice(this.#options.sliceUrl, focus, limit, signal);
  }

  #signal(): AbortSignal {
    this.#asking.abort();
    this.#asking = new AbortController();
    return AbortSignal.any([this.#asking.signal, this.#ended.signal]);
  }

  async #load(focus: string, step = false): Promise<boolean> {
    const signal = this.#signal();
    this.#do({ type: "ask", node: focus });
    const early = this.#early?.focus === focus ? this.#early.slice : null;
    this.#early = null;
    try {
      const slice = await (early ?? this.#first(focus, signal));
      const start = new Map(slice.nodes.map((node) => [node.id, { x: (node.x ?? 0) * SPREAD, y: -(node.y ?? 0) * SPREAD }]));
      // The step comes first: what the change of state writes into the address belongs to the new focus.
      if (step) history.pushState(null, "", `?focus=${focus}`);
      this.#stage.place(start);
      this.#do({ type: "load", slice });
      this.#stage.fit(false);
      this.#stage.flush();
      this.#arrange(new Set(), true);
      return true;
    } catch (error) {
      this.#failed(focus, error, signal);
      return false;
    }
  }

  async #expand(node: string): Promise<void> {
    const picture = this.#store.state.picture;
    if (!picture || picture.expanded.includes(node)) return;
    const signal = this.#signal();
    this.#do({ type: "select", node });
    this.#do({ type: "ask", node });
    try {
      const slice = await expansion(this.#options.sliceUrl, node, picture.nodes.keys(), signal);
      const fixed = new Set(this.#store.state.picture?.nodes.keys());
      this.#do({ type: "expand", node, slice });
      this.#placeNew(node, fixed);
      const added = (this.#store.state.picture?.nodes.size ?? 0) - fixed.size;
      this.#say(added === 0 ? `Everything around ${this.#name(node)} is drawn already.` : `${count(added, ["record", "records"])} added around ${this.#name(node)}.`);
    } catch (error) {
      this.#failed(node, error, signal);
    }
  }

  /** New nodes come out of the expanded one, away from the middle; what stands already stays. */
  #placeNew(parent: string, fixed: ReadonlySet<string>): void {
    const picture = this.#store.state.picture;
    const at = this.#stage.places.get(parent);
    if (!picture || !at) return;
    const fresh = [...picture.nodes.keys()].filter((id) => !fixed.has(id));
    if (fresh.length === 0) return;
    const outward = Math.atan2(at.y, at.x);
    const guess = new Map(this.#stage.places);
    const shown = new Map(this.#stage.places);
    for (const [index, id] of fresh.entries()) {
      const angle = outward + ((index % 2 === 0 ? 1 : -1) * Math.PI * Math.ceil(index / 2)) / Math.max(6, fresh.length);
      const distance = 60 + 9 * Math.sqrt(index);
      guess.set(id, { x: at.x + Math.cos(angle) * distance, y: at.y + Math.sin(angle) * distance });
      shown.set(id, at);
    }
    this.#stage.place(shown);
    this.#ask(picture, guess, fixed, false);
  }

  #arrange(fixed: ReadonlySet<string>, follow: boolean): void {
    const picture = this.#store.state.picture;
    if (picture) this.#ask(picture, this.#stage.places, fixed, follow);
  }

  #ask(picture: Picture, places: ReadonlyMap<string, Point>, fixed: ReadonlySet<string>, follow: boolean): void {
    const { width, height } = this.#stage.size;
    this.#root.dataset.layout = "running";
    // After the next frame: the picture as it starts is shown first.
    requestAnimationFrame(() => setTimeout(() => this.#askLayout(picture, places, fixed, width / Math.max(1, height), follow)));
  }

  #askLayout(picture: Picture, places: ReadonlyMap<string, Point>, fixed: ReadonlySet<string>, aspect: number, follow: boolean): void {
    if (this.#ended.signal.aborted || this.#store.state.picture !== picture) return;
    this.#layouter.ask(picture, places, fixed, aspect, (found) => {
      this.#root.dataset.layout = "done";
      this.#stage.glide(new Map([...this.#stage.places, ...found]), follow);
    });
  }

  #failed(node: string, error: unknown, signal: AbortSignal): void {
    if (signal.aborted) return;
    const reason = error instanceof AskError ? error.message : "The picture could not be drawn.";
    this.#do({ type: "fail", node, reason });
    this.#say(reason);
  }

  #retry(): void {
    const { progress, focus } = this.#store.state;
    if (progress.is !== "failed") return;
    if (progress.node === focus || this.#store.state.picture === null) void this.open();
    else void this.#expand(progress.node);
  }

  // --- doing ---

  #do(action: Action): void {
    this.#store.dispatch(action);
  }

  #name(id: string): string {
    return plain(this.#store.state.picture?.nodes.get(id)?.label ?? id);
  }

  #say(words: string): void {
    this.#live.textContent = words;
  }

  #select(id: string | null): void {
    this.#do({ type: "select", node: id });
    if (id === null) return;
    this.#stage.reveal(id);
    const picture = this.#store.state.picture;
    const node = picture?.nodes.get(id);
    if (picture && node) this.#say(`${plain(node.label)}. ${fact(node)}, ${count(linksOf(picture, id).length, ["relation", "relations"])} drawn.`);
  }

  #choose(id: string): void {
    this.#do({ type: "search", query: "" });
    this.#select(id);
    if (this.#store.state.shown === "picture") this.#surface.focus();
  }

  #hover(id: string | null): void {
    this.#surface.classList.toggle("explorer__surface--over", id !== null);
    this.#do({ type: "hover", node: id });
  }

  #collapse(id: string): void {
    const before = this.#store.state.picture?.nodes.size ?? 0;
    this.#do({ type: "collapse", node: id });
    const gone = before - (this.#store.state.picture?.nodes.size ?? 0);
    if (gone > 0) this.#say(`${count(gone, ["record", "records"])} taken away.`);
  }

  #undoLast(): void {
    this.#do({ type: "undo" });
    this.#say(`Undone. ${this.#summary(this.#store.state)}`);
  }

  #togglePin(id: string): void {
    const pinned = this.#store.state.pinned.has(id);
    this.#do({ type: pinned ? "unpin" : "pin", node: id });
    this.#say(`${this.#name(id)} is ${pinned ? "released" : "held in place"}.`);
  }

  /** Make another node the focus; in the full explorer with a step in the history. */
  async refocus(id: string): Promise<void> {
    if (this.#options.embedded) {
      location.assign(`${this.#options.exploreUrl}?focus=${id}`);
      return;
    }
    if (id === this.#store.state.focus) return;
    this.#do({ type: "select", node: null });
    if (await this.#load(id, true)) this.#say(this.#summary(this.#store.state));
  }

  #toggleFullscreen(): void {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void this.#root.requestFullscreen().catch(() => this.#say("This browser does not allow full screen here."));
  }

  #fullAddress(): string {
    return `${this.#options.exploreUrl}?focus=${this.#options.focus}`;
  }

  // --- keys ---

  #key(event: KeyboardEvent): void {
    if (event.target !== this.#surface || event.altKey) return;
    if (event.ctrlKey || event.metaKey) {
      if (event.key === "z") this.#undoLast();
      return;
    }
    if (this.#press(event.key, event.shiftKey)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  #keyInTable(event: KeyboardEvent): void {
    if (event.key.toLowerCase() !== "t" || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.#do({ type: "show", shown: "picture" });
  }

  #press(key: string, shift: boolean): boolean {
    const arrow = /^Arrow(Left|Right|Up|Down)$/.exec(key)?.[1]?.toLowerCase() as Direction | undefined;
    if (arrow) {
      if (shift) this.#shift(arrow);
      else this.#walk(arrow);
      return true;
    }
    const selected = this.#store.state.selected;
    const node = selected ?? this.#store.state.focus;
    const actions: Readonly<Record<string, () => void>> = {
      "+": () => this.#stage.zoom(1.35, undefined, true),
      "=": () => this.#stage.zoom(1.35, undefined, true),
      "-": () => this.#stage.zoom(1 / 1.35, undefined, true),
      "0": () => this.#stage.fit(),
      "?": () => this.#help.showModal(),
      "/": () => this.#search.focus(),
      e: () => void this.#expand(node),
      c: () => this.#collapse(node),
      f: () => void this.refocus(node),
      p: () => this.#togglePin(node),
      u: () => this.#undoLast(),
      l: () => this.#arrange(this.#store.state.pinned, !this.#stage.isMoved),
      t: () => this.#do({ type: "show", shown: "table" }),
      enter: () => this.#openPage(node),
      escape: () => this.#select(null),
    };
    const action = actions[key.toLowerCase()];
    // A page that embeds the picture keeps Escape and Enter when nothing is selected.
    if (!action || (selected === null && (key === "Escape" || key === "Enter"))) return false;
    action();
    return true;
  }

  #openPage(id: string): void {
    const url = this.#store.state.picture?.nodes.get(id)?.url;
    if (url) location.assign(url);
  }

  #shift(direction: Direction): void {
    const step = 80;
    this.#stage.pan(direction === "left" ? step : direction === "right" ? -step : 0, direction === "up" ? step : direction === "down" ? -step : 0, true);
  }

  #walk(direction: Direction): void {
    const state = this.#store.state;
    if (!state.picture) return;
    if (state.selected === null) {
      this.#select(state.focus);
      return;
    }
    const placed = (id: string): Placed[] => {
      const at = this.#stage.places.get(id);
      return at && isVisible(state, id) ? [{ id, ...at }] : [];
    };
    const [from] = placed(state.selected);
    if (!from) return;
    const linked = linksOf(state.picture, state.selected).flatMap((link) => placed(link.other));
    const next = neighbourTowards(from, linked, [...state.picture.nodes.keys()].flatMap(placed), direction);
    if (next === null) this.#say(`Nothing further ${direction}.`);
    else this.#select(next);
  }

  // --- showing ---

  #show(state: State, before: State | null): void {
    if (lookDiffers(state, before)) this.#stage.look = lookOf(state, this.#palette);
    if (before?.hovered !== state.hovered) this.#placeCard();
    if (before && before.hovered !== state.hovered && sameButHovered(state, before)) return;
    this.#legend.show(state);
    this.#panel.show(state);
    this.#stage.insets = this.#insets();
    this.#table.show(state);
    this.#search.show(state);
    this.#undo.disabled = state.past.length === 0;
    for (const view of this.#views) view.setAttribute("aria-pressed", String(view.dataset.shown === state.shown));
    this.#root.classList.toggle("explorer--table", state.shown === "table");
    this.#surface.setAttribute("aria-label", this.#summary(state));
    this.#showProgress(state);
    this.#note.textContent = this.#leftOut(state);
    if (before && state.picture && !this.#options.embedded) this.#remember(state);
    if (before?.shown === "table" && state.shown === "picture") this.#stage.resize();
    if (before && before.shown !== state.shown) (state.shown === "table" ? this.#table.element : this.#surface).focus();
    if (before?.picture === null && state.picture) this.#say(this.#summary(state));
    const focus = state.picture?.nodes.get(state.focus);
    if (focus && before?.picture?.focus !== focus.id) this.#options.focused?.(focus);
  }

  #insets(): { top: number; right: number; bottom: number; left: number } {
    const panel = this.#panel.element;
    const none = { top: 0, right: 0, bottom: 0, left: 0 };
    if (panel.hidden) return none;
    const isSheet = panel.offsetWidth > this.#surface.clientWidth * 0.7;
    return isSheet ? { ...none, bottom: panel.offsetHeight } : { ...none, right: panel.offsetWidth };
  }

  #placeCard(): void {
    const { hovered } = this.#store.state;
    const at = hovered === null ? null : this.#stage.toStage(hovered);
    this.#card.show(this.#store.state, at, hovered === null ? 0 : this.#stage.radiusOf(hovered), this.#stage.size);
  }

  #summary(state: State): string {
    if (!state.picture) return "Picture of the graph, not drawn yet";
    const nodes = [...state.picture.nodes.keys()].filter((id) => isVisible(state, id)).length;
    const edges = [...state.picture.edges.values()].filter((edge) => isVisible(state, edge.source) && isVisible(state, edge.target)).length;
    return `Picture of ${this.#name(state.focus)} and what is around: ${count(nodes, ["record", "records"])}, ${count(edges, ["relation", "relations"])}. Arrow keys go from one to the next, question mark shows all keys.`;
  }

  #leftOut(state: State): string {
    const { picture } = state;
    if (!picture) return "";
    const at = state.selected !== null && picture.leftOut.has(state.selected) ? state.selected : picture.focus;
    const words = leftOutWords(picture.leftOut.get(at) ?? {});
    return words === "" ? `Everything known here around ${this.#name(at)} is drawn.` : `Strongest relations first. Not drawn around ${this.#name(at)}: ${words}.`;
  }

  #showProgress(state: State): void {
    const { progress } = state;
    for (const waiting of this.#root.querySelectorAll<HTMLElement>("[data-explorer-wait]")) waiting.hidden = state.picture !== null || progress.is === "failed";
    this.#root.setAttribute("aria-busy", String(progress.is === "loading"));
    this.#status.hidden = progress.is === "idle" || (progress.is === "loading" && state.picture === null);
    this.#status.classList.toggle("explorer__status--failed", progress.is === "failed");
    if (progress.is === "loading") this.#status.replaceChildren(`Looking around ${this.#name(progress.node)}…`);
    if (progress.is === "failed") {
      this.#status.replaceChildren(make("span", {}, progress.reason), button("Try again", "Try again", () => this.#retry(), { class: "explorer__door" }));
    }
  }

  #remember(state: State): void {
    const address = writeAddress(state);
    if (state.progress.is === "idle" && address !== location.search) history.replaceState(null, "", address);
  }

  /** What is drawn now, for checks and measurements. */
  inspect(): { nodes: string[]; labels: { id: string; left: number; top: number; right: number; bottom: number }[]; places: [string, Point][]; view: { x: number; y: number; k: number } } {
    const state = this.#store.state;
    return {
      nodes: [...(state.picture?.nodes.keys() ?? [])].filter((id) => isVisible(state, id)),
      labels: this.#stage.labels.map(({ id, left, top, right, bottom }) => ({ id, left, top, right, bottom })),
      places: [...this.#stage.places],
      view: this.#stage.view,
    };
  }

  destroy(): void {
    this.#ended.abort();
    this.#asking.abort();
    this.#layouter.destroy();
    this.#stage.destroy();
    Reflect.deleteProperty(this.#root, "explorer");
    this.#root.replaceChildren();
    this.#root.classList.remove("explorer--started");
  }
}

function lookDiffers(state: State, before: State | null): boolean {
  return (
    before === null ||
    state.picture !== before.picture ||
    state.selected !== before.selected ||
    state.hovered !== before.hovered ||
    state.hidden !== before.hidden ||
    state.pinned !== before.pinned ||
    state.query !== before.query ||
    state.focus !== before.focus
  );
}

function sameButHovered(state: State, before: State): boolean {
  return (Object.keys(state) as (keyof State)[]).every((key) => key === "hovered" || state[key] === before[key]);
}
