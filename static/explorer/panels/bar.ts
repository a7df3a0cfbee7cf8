/* Above the picture: find, kinds, filter, look, share, picture or table. */

import type { State } from "../state/state";
import type { Shown } from "../state/values";
import { make } from "./dom";
import { FilterMenu, type FilterActions } from "./filter-menu";
import { Legend } from "./legend";
import { LookMenu, type LookActions } from "./look-menu";
import { SearchBox, type SearchActions } from "./search-box";
import { ShareMenu, type ShareActions } from "./share-menu";
import type { Kind } from "../client/slice";

export interface BarActions {
  readonly search: SearchActions;
  readonly filter: FilterActions;
  readonly look: LookActions;
  readonly share: ShareActions;
  toggleKind(kind: Kind): void;
  show(shown: Shown): void;
}

export class Bar {
  readonly element: HTMLElement;
  readonly search: SearchBox;
  readonly #legend: Legend;
  readonly #filter: FilterMenu;
  readonly #look: LookMenu;
  readonly #views: readonly HTMLButtonElement[];

  constructor(name: string, actions: BarActions, signal: AbortSignal) {
    this.search = new SearchBox(name, actions.search);
    this.#legend = new Legend((kind) => actions.toggleKind(kind));
    this.#filter = new FilterMenu(name, actions.filter, signal);
    this.#look = new LookMenu(name, actions.look, signal);
    const share = new ShareMenu(name, actions.share, signal);
    this.#views = (["picture", "table"] as const).map((shown) => {
      const face = make("button", { type: "button", class: "explorer__view", "data-shown": shown }, shown === "picture" ? "Picture" : "Table");
      face.addEventListener("click", () => actions.show(shown));
      return face;
    });
    const menus = make("div", { class: "explorer__menus" }, this.#filter.menu.element, this.#look.menu.element, share.menu.element);
    const views = make("div", { class: "explorer__views", role: "group", "aria-label": "Shown as" }, ...this.#views);
    this.element = make("div", { class: "explorer__bar" }, this.search.element, this.#legend.element, menus, views);
  }

  show(state: State, hasMap: boolean): void {
    this.search.show(state);
    this.#legend.show(state);
    this.#filter.show(state);
    this.#look.show(state, hasMap);
    for (const view of this.#views) view.setAttribute("aria-pressed", String(view.dataset.shown === state.shown));
  }
}
