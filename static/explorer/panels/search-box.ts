/* Finding a node of the picture by its name. */

import type { Hit } from "../client/answers";
import type { Kind } from "../client/slice";
import { found } from "../reducers/finding";
import { make } from "./dom";
import { icon } from "./icons";
import { mark } from "./marks";
import type { State } from "../state/state";
import { plain } from "./words";

const MOST_HITS = 8;

const PAUSE = 250; // milliseconds without typing before the portal is asked

export interface SearchActions {
  type(query: string): void;
  /** One of the picture. */
  choose(id: string): void;
  /** Asks the whole portal; null where it cannot be asked. */
  ask: ((query: string) => Promise<readonly Hit[]>) | null;
  /** One that is not drawn. */
  add(hit: Hit): void;
}

interface Entry {
  readonly id: string;
  readonly pick: () => void;
}

export class SearchBox {
  readonly element: HTMLElement;
  readonly #input: HTMLInputElement;
  readonly #list: HTMLUListElement;
  readonly #actions: SearchActions;
  #entries: readonly Entry[] = [];
  #active = -1;
  #timer = 0;
  #elsewhere: { readonly query: string; readonly hits: readonly Hit[] } = { query: "", hits: [] };
  #state: State | null = null;

  constructor(name: string, actions: SearchActions) {
    this.#actions = actions;
    const listId = `explorer-hits-${name}`;
    const label = actions.ask ? "Find in the picture, or add a record" : "Find in the picture";
    this.#input = make("input", {
      type: "search",
      class: "explorer__search-input",
      placeholder: actions.ask ? "Find in the picture, or add" : label,
      "aria-label": label,
      autocomplete: "off",
      spellcheck: "false",
      role: "combobox",
      "aria-expanded": "false",
      "aria-controls": listId,
      "aria-autocomplete": "list",
    });
    this.#list = make("ul", { class: "explorer__hits", id: listId, role: "listbox", "aria-label": "Found", hidden: true });
    this.element = make("div", { class: "explorer__search" }, icon("search"), this.#input, this.#list);
    this.#input.addEventListener("input", () => this.#typed());
    this.#input.addEventListener("keydown", (event) => this.#key(event));
    this.#input.addEventListener("blur", () => this.#open(false));
    this.#input.addEventListener("focus", () => this.#open(this.#entries.length > 0));
  }

  focus(): void {
    this.#input.focus();
    this.#input.select();
  }

  #typed(): void {
    const query = this.#input.value;
    this.#actions.type(query);
    clearTimeout(this.#timer);
    if (this.#actions.ask && query.trim().length > 1) this.#timer = window.setTimeout(() => void this.#ask(query), PAUSE);
  }

  async #ask(query: string): Promise<void> {
    const hits = await this.#actions.ask?.(query.trim()).catch(() => []);
    if (this.#input.value !== query || !hits) return;
    this.#elsewhere = { query, hits };
    if (this.#state) this.#fill(this.#state);
  }

  show(state: State): void {
    const same = this.#state?.query === state.query && this.#state.picture === state.picture;
    this.#state = state;
    if (same) return;
    if (this.#input.value !== state.query) this.#input.value = state.query;
    this.#fill(state);
  }

  #fill(state: State): void {
    const here = found(state).slice(0, MOST_HITS);
    const others = this.#elsewhere.query === state.query ? this.#elsewhere.hits.filter((hit) => !state.picture?.nodes.has(hit.id)).slice(0, MOST_HITS) : [];
    this.#entries = [
      ...here.map((node) => ({ id: node.id, pick: () => this.#actions.choose(node.id) })),
      ...others.map((hit) => ({ id: hit.id, pick: () => this.#actions.add(hit) })),
    ];
    this.#active = -1;
    this.#list.replaceChildren(
      ...here.map((node, index) => this.#item(index, node.kind, node.label, "")),
      ...others.map((hit, index) => this.#item(here.length + index, hit.kind, hit.label, "add")),
    );
    if (this.#entries.length === 0 && state.query.trim() !== "") {
      this.#list.append(make("li", { class: "explorer__hit explorer__hit--none", role: "option", "aria-disabled": "true", "aria-selected": "false" }, "Nothing drawn has this name"));
    }
    this.#mark();
    this.#open(document.activeElement === this.#input && state.query.trim() !== "");
  }

  #item(index: number, kind: Kind, label: string, more: string): HTMLElement {
    const note = more === "" ? null : make("span", { class: "explorer__hit-more" }, more);
    const item = make("li", { role: "option", id: `${this.#list.id}-${index}`, class: "explorer__hit", "aria-selected": "false" }, mark(kind), make("span", {}, plain(label)), note);
    // The press must not take the focus from the field before the choice is made.
    item.addEventListener("pointerdown", (event) => event.preventDefault());
    item.addEventListener("click", () => this.#pick(index));
    return item;
  }

  #open(isOpen: boolean): void {
    this.#list.hidden = !isOpen;
    this.#input.setAttribute("aria-expanded", String(isOpen));
  }

  #mark(): void {
    for (const [index, item] of [...this.#list.children].entries()) item.setAttribute("aria-selected", String(index === this.#active));
    if (this.#active >= 0) this.#input.setAttribute("aria-activedescendant", `${this.#list.id}-${this.#active}`);
    else this.#input.removeAttribute("aria-activedescendant");
  }

  #pick(index: number): void {
    const entry = this.#entries[index];
    if (!entry) return;
    this.#open(false);
    entry.pick();
  }

  #key(event: KeyboardEvent): void {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.#active = Math.min(this.#entries.length - 1, Math.max(0, this.#active + step));
      this.#mark();
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.#pick(Math.max(0, this.#active));
    } else if (event.key === "Escape" && !this.#list.hidden) {
      event.stopPropagation();
      this.#open(false);
    }
  }
}
