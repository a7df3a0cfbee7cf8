/* Everything around the picture: bar, panels, table, keys and gestures. Made after the first picture stands, or while its answer is awaited. */

import { writeAddress } from "../client/address";
import { saveView, searchPortal } from "../client/api";
import type { Format } from "../exports/formats";
import { Bar, type BarActions } from "../panels/bar";
import { Foot } from "../panels/foot";
import { HoverCard } from "../panels/hover-card";
import { Key } from "../panels/key";
import { Overlay } from "../panels/overlay";
import { Panel } from "../panels/panel";
import { ProgressLine } from "../panels/progress";
import { TableView } from "../table/table-view";
import type { Arranger } from "./arranging";
import { Deeds } from "./deeds";
import type { Desk } from "./desk";
import { listenToGestures } from "./gestures";
import { Keys } from "./keys";
import type { Loader } from "./loading";
import { Showing } from "./showing";

/** Where the furniture goes. */
export interface Room {
  readonly surface: HTMLElement;
  readonly inner: HTMLElement;
  readonly waits: readonly HTMLElement[];
  /** Keep the place of the bar and of the foot until these are made, so that the picture does not move then. */
  readonly bar: HTMLElement;
  readonly foot: HTMLElement;
}

let made = 0;

export class Furniture {
  readonly #desk: Desk;
  readonly #deeds: Deeds;
  readonly #showing: Showing;

  constructor(desk: Desk, arranger: Arranger, loader: Loader, room: Room) {
    made += 1;
    const deeds = new Deeds(desk, arranger, loader);
    this.#desk = desk;
    this.#deeds = deeds;
    const { root, options, stage, ended } = desk;
    const { surface, inner, waits } = room;
    const keys = new Keys(desk, deeds, { help: () => void this.#help(), find: () => bar.search.focus() });
    const bar = new Bar(String(made), this.#barActions(), ended);
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
    room.bar.replaceWith(bar.element);
    room.foot.replaceWith(table.element, foot.element);
    root.classList.add("explorer--started");
    this.#showing = new Showing(desk, arranger, { surface, inner, waits, bar, table, foot, panel, key, card, overlay, progress });
    listenToGestures(surface, desk, deeds);
    surface.addEventListener("keydown", (event) => event.target === surface && keys.onPicture(event), { signal: ended });
    table.element.addEventListener("keydown", (event) => keys.onTable(event), { signal: ended });
  }

  #barActions(): BarActions {
    const deeds = this.#deeds;
    const { options, store, ended } = this.#desk;
    const { saveUrl, searchUrl } = options;
    return {
      search: {
        type: (query) => deeds.search(query),
        choose: (id) => this.#choose(id),
        ask: searchUrl ? (query) => searchPortal(searchUrl, query, ended) : null,
        add: (hit) => {
          deeds.search("");
          void deeds.add(hit.id);
        },
      },
      filter: deeds,
      look: {
        colour: (colour) => deeds.colour(colour),
        size: (size) => deeds.size(size),
        layout: (layout) => deeds.layout(layout),
        freeze: (frozen) => deeds.freeze(frozen),
        map: (isShown) => void this.#showing.showMap(isShown),
      },
      share: {
        copyLink: () => this.#copyLink(),
        download: (format) => this.#download(format),
        save: saveUrl ? (name, note, isPublic) => saveView(saveUrl, { name, note, isPublic, address: writeAddress(store.state) }, tokenOf(document), ended) : null,
      },
      toggleKind: (kind) => deeds.toggleKind(kind),
      show: (shown) => deeds.show(shown),
    };
  }

  /** The help is made when it is first asked for. */
  async #help(): Promise<void> {
    const { root } = this.#desk;
    const { makeHelp } = await import("../panels/help");
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
    const [{ download }, { contentOf }] = await Promise.all([import("../exports/files"), import("../exports/content")]);
    return download(format, contentOf(store.state, stage.frame.palette, location.origin), stage);
  }

  destroy(): void {
    this.#showing.destroy();
  }
}

/** Django's token against forged requests, from the page's own form. */
function tokenOf(page: Document): string {
  const form = page.querySelector<HTMLTemplateElement>("template[data-explorer-follow]")?.content;
  return form?.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]")?.value ?? "";
}
