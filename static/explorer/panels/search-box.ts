/* Finding a node of the picture by its name. */

import { found } from "../reducers/appearance";
import { make } from "./dom";
import { icon } from "./icons";
import { mark } from "./marks";
import type { State } from "../state/state";
import { plain } from "./words";

const MOST_HITS = 8;

export class SearchBox {
  readonly element: HTMLElement;
  readonly #input: HTMLInputElement;
  readonly #list: HTMLUListElement;
  readonly #choose: (id: string) => void;
  #hits: readonly string[] = [];
  #active = -1;

  constructor(name: string, type: (query: string) => void, choose: (id: string) => void) {
    this.#choose = choose;
    const listId = `explorer-hits-${name}`;
    this.#input = make("input", {
      type: "search",
      class: "explorer__search-input",
      placeholder: "Find in the picture",
      "aria-label": "Find in the picture",
      autocomplete: "off",
      spellcheck: "false",
      role: "combobox",
      "aria-expanded": "false",
      "aria-controls": listId,
      "aria-autocomplete": "list",
    });
    this.#list = make("ul", { class: "explorer__hits", id: listId, role: "listbox", "aria-label": "Found", hidden: true });
    this.element = make("div", { class: "explorer__search" }, icon("search"), this.#input, this.#list);
    this.#input.addEventListener("input", () => type(this.#input.value));
    this.#input.addEventListener("keydown", (event) => this.#key(event));
    this.#input.addEventListener("blur", () => this.#open(false));
    this.#input.addEventListener("focus", () => this.#open(this.#hits.length > 0));
  }

  focus(): void {
    this.#input.focus();
    this.#input.select();
  }

  show(state: State): void {
    if (this.#input.value !== state.query) this.#input.value = state.query;
    const hits = found(state).slice(0, MOST_HITS);
    this.#hits = hits.map((node) => node.id);
    this.#active = -1;
    this.#list.replaceChildren(
      ...hits.map((node, index) => {
        const item = make("li", { role: "option", id: `${this.#list.id}-${index}`, class: "explorer__hit", "aria-selected": "false" }, mark(node.kind), make("span", {}, plain(node.label)));
        // The press must not take the focus from the field before the choice is made.
        item.addEventListener("pointerdown", (event) => event.preventDefault());
        item.addEventListener("click", () => this.#pick(index));
        return item;
      }),
    );
    if (hits.length === 0 && state.query.trim() !== "") this.#list.append(make("li", { class: "explorer__hit explorer__hit--none", role: "option", "aria-disabled": "true", "aria-selected": "false" }, "Nothing drawn has this name"));
    this.#mark();
    this.#open(document.activeElement === this.#input && state.query.trim() !== "");
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
    const id = this.#hits[index];
    if (id === undefined) return;
    this.#open(false);
    this.#choose(id);
  }

  #key(event: KeyboardEvent): void {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.#active = Math.min(this.#hits.length - 1, Math.max(0, this.#active + step));
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
