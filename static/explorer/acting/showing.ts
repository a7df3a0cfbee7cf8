/* Shows each state: the look to the stage, everything else to its panel. Also watches size and colours of the page. */

import { withSaved, writeAddress } from "../client/address";
import type { Bar } from "../panels/bar";
import type { Foot } from "../panels/foot";
import type { HoverCard } from "../panels/hover-card";
import type { Key } from "../panels/key";
import type { Overlay } from "../panels/overlay";
import type { Panel } from "../panels/panel";
import type { ProgressLine } from "../panels/progress";
import { lookOf } from "../reducers/appearance";
import { type Insets, NO_INSETS, type Point } from "../scene/camera";
import type { MiniMap } from "../scene/minimap";
import { readPalette } from "../scene/palette";
import type { Picture } from "../state/picture";
import type { State } from "../state/state";
import type { TableView } from "../table/table-view";
import { type Arranger, needsGroups } from "./arranging";
import { summary } from "./deeds";
import type { Desk } from "./desk";

export interface Parts {
  readonly surface: HTMLElement;
  readonly inner: HTMLElement;
  readonly waits: readonly HTMLElement[];
  readonly bar: Bar;
  readonly table: TableView;
  readonly foot: Foot;
  readonly panel: Panel;
  readonly key: Key;
  readonly card: HoverCard;
  readonly overlay: Overlay;
  readonly progress: ProgressLine;
}

const MAP_FROM = 900; // pixels of width from which the small map is shown unasked
const LOOK = ["picture", "selected", "hovered", "hoveredEdge", "hiddenKinds", "hiddenNodes", "muted", "pinned", "query", "focus", "filters", "colour", "size", "way", "grouped", "groups"] as const;
const SIGNS = ["picture", "layout", "places", "grouped"] as const;
const PASSING = new Set<keyof State>(["hovered", "hoveredEdge"]);

function differ(state: State, before: State | null, names: readonly (keyof State)[]): boolean {
  return before === null || names.some((name) => state[name] !== before[name]);
}

export class Showing {
  readonly #desk: Desk;
  readonly #arranger: Arranger;
  readonly #parts: Parts;
  #map: MiniMap | null = null;

  constructor(desk: Desk, arranger: Arranger, parts: Parts) {
    this.#desk = desk;
    this.#arranger = arranger;
    this.#parts = parts;
    desk.stage.onFrame = () => this.#framed();
    desk.root.dataset.renderer = desk.stage.renderer;
    desk.store.listen((state, before) => this.#show(state, before));
    this.#show(desk.store.state, null);
    // The picture may stand already: it is drawn before anything around it is made.
    if (desk.store.state.picture) this.#begin(desk.store.state, null);
    this.#watch();
  }

  /** Follow the size of the page and its colours. */
  #watch(): void {
    const { stage, store, root, ended } = this.#desk;
    const observer = new ResizeObserver(() => {
      stage.resize();
      if (!stage.isMoved && !stage.isGliding) stage.fit(false);
    });
    observer.observe(this.#parts.surface);
    const repaint = (): void => {
      stage.palette = readPalette(root);
      stage.look = lookOf(store.state, stage.frame.palette);
      this.#parts.key.show(store.state, stage.frame.palette);
    };
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint, { signal: ended });
    document.addEventListener("themechange", repaint, { signal: ended });
    const theme = new MutationObserver(repaint);
    theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    ended.addEventListener("abort", () => {
      observer.disconnect();
      theme.disconnect();
    });
  }

  #framed(): void {
    const { stage } = this.#desk;
    this.#parts.overlay.move(stage.view, stage.size);
    this.#placeCard();
    this.#map?.draw();
  }

  /** The card follows the node, or stands at the middle of the edge. */
  #placeCard(): void {
    const { stage, store } = this.#desk;
    const { hovered, hoveredEdge, picture } = store.state;
    const edge = hoveredEdge === null ? undefined : picture?.edges.get(hoveredEdge);
    const middle = (a: Point | null, b: Point | null): Point | null => (a && b ? { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 } : null);
    const at = hovered !== null ? stage.toStage(hovered) : edge ? middle(stage.toStage(edge.source), stage.toStage(edge.target)) : null;
    this.#parts.card.show(store.state, at, hovered === null ? 0 : stage.radiusOf(hovered), stage.size);
  }

  #show(state: State, before: State | null): void {
    const { stage } = this.#desk;
    if (differ(state, before, LOOK)) stage.look = lookOf(state, stage.frame.palette);
    if (differ(state, before, ["hovered", "hoveredEdge"])) this.#placeCard();
    const isPassing = before !== null && (Object.keys(state) as (keyof State)[]).every((name) => PASSING.has(name) || state[name] === before[name]);
    if (isPassing) return;
    if (before !== null) this.#move(state, before);
    if (differ(state, before, SIGNS)) {
      this.#parts.overlay.show(state);
      this.#parts.overlay.move(stage.view, stage.size);
    }
    this.#panels(state);
    this.#waiting(state);
    if (before !== null) this.#steps(state, before);
    if (needsGroups(state) && state.grouped !== state.picture) void this.#arranger.group();
  }

  /** Bring nodes to where they are to stand now. */
  #move(state: State, before: State): void {
    const { stage } = this.#desk;
    if (state.places === before.places) return;
    const isBack = state.picture !== before.picture && (state.past.length < before.past.length || state.future.length < before.future.length);
    if (isBack) this.#arranger.forget();
    const follow = this.#arranger.follows || state.focus !== before.focus || state.layout !== before.layout;
    this.#arranger.follows = false;
    if (before.picture === null) stage.place(state.places);
    else stage.glide(state.places, follow);
  }

  #panels(state: State): void {
    const { bar, foot, panel, table, key, progress, surface } = this.#parts;
    const { stage, root } = this.#desk;
    panel.show(state);
    stage.insets = this.#insets();
    bar.show(state, this.#map !== null);
    foot.show(state);
    table.show(state);
    key.show(state, stage.frame.palette);
    progress.show(state);
    root.classList.toggle("explorer--table", state.shown === "table");
    surface.setAttribute("aria-label", `${summary(state)} Arrow keys go from one to the next, question mark shows all keys.`);
  }

  #waiting(state: State): void {
    for (const wait of this.#parts.waits) wait.hidden = state.picture !== null || state.progress.is === "failed";
    this.#desk.root.setAttribute("aria-busy", String(state.progress.is === "loading"));
  }

  /** What happens once when something has changed. */
  #steps(state: State, before: State): void {
    const { options, stage } = this.#desk;
    if (state.picture && state.progress.is === "idle" && !options.embedded) remember(state);
    if (before.shown !== state.shown) {
      if (state.shown === "picture") stage.resize();
      (state.shown === "table" ? this.#parts.table.element : this.#parts.surface).focus();
    }
    this.#begin(state, before.picture);
  }

  /** What happens once for a first picture, and for another focus. */
  #begin(state: State, before: Picture | null): void {
    const { options, say } = this.#desk;
    if (before === null && state.picture) {
      say(summary(state));
      if (!options.embedded && this.#parts.inner.clientWidth >= MAP_FROM) void this.showMap(true);
    }
    const focus = state.picture?.nodes.get(state.focus);
    if (focus && before?.focus !== focus.id) options.focused?.(focus);
  }

  /** The part of the stage that the panel covers. */
  #insets(): Insets {
    const { panel, surface } = this.#parts;
    if (panel.element.hidden) return NO_INSETS;
    const isSheet = panel.element.offsetWidth > surface.clientWidth * 0.7;
    return isSheet ? { ...NO_INSETS, bottom: panel.element.offsetHeight } : { ...NO_INSETS, right: panel.element.offsetWidth };
  }

  async showMap(isShown: boolean): Promise<void> {
    const { stage, store, ended } = this.#desk;
    this.#map?.element.remove();
    this.#map = null;
    if (isShown) {
      const { MiniMap } = await import("../scene/minimap");
      if (ended.aborted || this.#map !== null) return;
      this.#map = new MiniMap(stage);
      this.#parts.inner.append(this.#map.element);
      this.#map.draw();
    }
    this.#parts.bar.show(store.state, this.#map !== null);
  }

  focusPicture(): void {
    this.#parts.surface.focus();
  }

  destroy(): void {
    this.#parts.progress.destroy();
    this.#map?.element.remove();
    this.#map = null;
  }
}

/** The address of the page says what is drawn. */
function remember(state: State): void {
  const address = withSaved(writeAddress(state), location.search);
  if (address !== location.search) history.replaceState(null, "", address);
}
