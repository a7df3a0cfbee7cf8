/* Beside the picture: what is known about what is selected, and what can be done with it. */

import { KINDS, type Kind } from "../client/slice";
import { isExpanded, type Picture, type PictureNode } from "../state/picture";
import { meaningOf } from "../reducers/colour";
import { type State, primary } from "../state/state";
import { visibleOf } from "../state/visible";
import { button, make } from "./dom";
import { type IconName, icon } from "./icons";
import { mark } from "./marks";
import { relatedIn } from "./related";
import { COLOUR_NAMES, KIND_NAMES, capital, count, plain } from "./words";
import { wayIn } from "./way";

export interface PanelActions {
  select(id: string | null, adds?: boolean): void;
  expand(id: string, kind?: Kind): void;
  collapse(id: string): void;
  recentre(id: string): unknown;
  togglePin(id: string): void;
  hide(nodes: readonly string[]): void;
  isolate(): void;
  connectable(): [string, string] | null;
  connectSelected(): void;
  avoid(id: string): void;
  disconnect(): void;
}

const DEPENDS = ["picture", "selected", "colour", "grouped", "pinned", "progress", "way", "hiddenKinds", "hiddenNodes", "filters", "muted"] as const;

/** Where a record that nobody has claimed can be claimed; null for all others. */
export function claimAddress(node: PictureNode): string | null {
  return node.kind === "researcher" && node.level !== null && node.level < 2 ? node.url.replace(/[^/]*\/$/, "claim/") : null;
}

function fact(name: string, ...value: (string | Node)[]): HTMLElement {
  return make("div", {}, make("dt", {}, name), make("dd", {}, ...value));
}

function factsOf(state: State, node: PictureNode, drawn: number): HTMLElement[] {
  const facts: HTMLElement[] = [];
  if (node.year !== null) facts.push(fact("Year", String(node.year)));
  facts.push(fact(node.kind === "work" ? "Citations" : "Works", node.weight.toLocaleString("en")));
  if (node.citations !== null && node.kind !== "work") facts.push(fact("Citations", node.citations.toLocaleString("en")));
  if (node.level !== null) facts.push(fact("Verification", `L${node.level}`));
  if (node.trust !== null) facts.push(fact("Trust", `${node.trust} of 100 `, make("a", { href: `${node.url}trust/` }, "why?")));
  const meaning = state.picture ? meaningOf(state, state.picture, node) : null;
  if (meaning !== null && state.colour !== "year" && state.colour !== "level") facts.push(fact(COLOUR_NAMES[state.colour], meaning));
  facts.push(fact("In this picture", count(drawn, ["relation", "relations"])));
  if (state.pinned.has(node.id)) facts.push(fact("Place", "Held where you put it"));
  return facts;
}

export class Panel {
  readonly element = make("aside", { class: "explorer__panel", "aria-label": "Selected record", hidden: true });
  readonly #actions: PanelActions;
  /** The page's follow form, to be filled in for a record; null where the page has none. */
  readonly #form: HTMLFormElement | null;
  readonly #forms = new Map<string, HTMLElement>();
  #shown: State | null = null;

  constructor(actions: PanelActions, root: ParentNode) {
    this.#actions = actions;
    this.#form = root.querySelector<HTMLTemplateElement>("template[data-explorer-follow]")?.content.querySelector("form") ?? null;
  }

  show(state: State): void {
    const before = this.#shown;
    if (before && DEPENDS.every((name) => before[name] === state[name])) return;
    this.#shown = state;
    const { picture } = state;
    const id = primary(state);
    const node = id === null ? undefined : picture?.nodes.get(id);
    const chosen = state.selected.flatMap((one) => picture?.nodes.get(one) ?? []);
    this.element.hidden = picture === null || (!node && state.way === null);
    if (picture === null || this.element.hidden) {
      this.element.replaceChildren();
      return;
    }
    const way = state.way ? wayIn(picture, state.way, this.#actions) : [];
    const rest = chosen.length > 1 ? this.#many(picture, chosen) : node ? this.#one(state, picture, node) : [];
    const focused = this.element.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset.door : undefined;
    this.element.replaceChildren(...way, ...rest);
    if (focused) this.element.querySelector<HTMLElement>(`[data-door="${focused}"]`)?.focus();
    if (before && primary(before) !== id) this.element.scrollTop = 0;
  }

  #head(title: Node): HTMLElement {
    return make("header", { class: "explorer__panel-head" }, title, button("Close", icon("close"), () => this.#actions.select(null), { class: "explorer__button" }));
  }

  #one(state: State, picture: Picture, node: PictureNode): Node[] {
    const related = relatedIn(picture, node, visibleOf(state), (id) => this.#actions.select(id));
    return [
      this.#head(make("p", { class: `explorer__panel-kind explorer__panel-kind--${node.kind}` }, mark(node.kind), capital(KIND_NAMES[node.kind][0]))),
      make("h2", { class: `explorer__panel-name${node.kind === "work" ? " explorer__panel-name--work" : ""}` }, plain(node.label)),
      this.#doors(state, picture, node),
      make("dl", { class: "explorer__facts" }, ...factsOf(state, node, related.count)),
      ...this.#membership(node),
      ...this.#more(picture, node),
      ...related.parts,
    ];
  }

  #doors(state: State, picture: Picture, node: PictureNode): HTMLElement {
    const [actions, { id }] = [this.#actions, node];
    const loading = state.progress.is === "loading" && state.progress.node === id;
    const doors = make("div", { class: "explorer__doors" }, make("a", { class: "explorer__door explorer__door--main", href: node.url }, "Open page", icon("arrowUpRight")));
    if (isExpanded(picture, id)) doors.append(this.#door("Collapse", "collapse", () => actions.collapse(id)));
    else {
      const door = this.#door(loading ? "Expanding…" : "Expand", "expand", () => actions.expand(id));
      door.disabled = loading;
      doors.append(door);
    }
    const connects = this.#actions.connectable();
    if (connects && state.way === null) doors.append(this.#door("How are they connected?", "path", () => this.#actions.connectSelected()));
    if (id !== picture.focus) doors.append(this.#door("Make it the centre", "centre", () => actions.recentre(id)), this.#door("Hide", "hide", () => actions.hide([id])));
    doors.append(this.#door(state.pinned.has(id) ? "Release" : "Hold in place", "pin", () => actions.togglePin(id)));
    return doors;
  }

  #door(label: string, name: IconName, press: () => void): HTMLButtonElement {
    const door = make("button", { type: "button", class: "explorer__door", "data-door": name }, icon(name), label);
    door.addEventListener("click", press);
    return door;
  }

  /** Follow and claim, as on the record's own page. */
  #membership(node: PictureNode): Node[] {
    const claim = claimAddress(node);
    const parts = [this.#followForm(node), claim === null ? null : make("a", { class: "quiet-link", href: claim }, "Is this you? Claim this record")].filter((part) => part !== null);
    return parts.length > 0 ? [make("div", { class: "explorer__membership" }, ...parts)] : [];
  }

  #followForm(node: PictureNode): HTMLElement | null {
    const known = this.#forms.get(node.id);
    if (known || !this.#form) return known ?? null;
    const holder = make("div", {}, document.importNode(this.#form, true));
    const [kind = "", key = ""] = node.id.split(":");
    holder.querySelector("form")?.setAttribute("action", `${this.#form.getAttribute("action") ?? ""}?kind=${kind}&id=${key}`);
    void import("../../pages/follow").then(({ follow }) => follow(holder));
    this.#forms.set(node.id, holder);
    return holder;
  }

  /** What was left out around the node, and the way to it. */
  #more(picture: Picture, node: PictureNode): Node[] {
    const left = picture.leftOut.get(node.id);
    const doors = KINDS.flatMap((kind) => {
      const part = left?.[kind];
      if (!part) return [];
      const label = `${part.atLeast ? "at least " : ""}${part.more.toLocaleString("en")} more ${KIND_NAMES[kind][part.more === 1 ? 0 : 1]}`;
      const door = make("button", { type: "button", class: "explorer__back", "data-door": `more-${kind}` }, mark(kind), label);
      door.addEventListener("click", () => this.#actions.expand(node.id, kind));
      return [door];
    });
    return doors.length > 0 ? [make("h3", { class: "explorer__panel-title" }, "Not drawn: press to add the strongest"), make("div", { class: "explorer__backs" }, ...doors)] : [];
  }

  #many(picture: Picture, nodes: readonly PictureNode[]): Node[] {
    const list = make("ul", { class: "explorer__links" });
    for (const node of nodes) {
      const row = make("button", { type: "button", class: "explorer__link" }, mark(node.kind), make("span", { class: "explorer__link-name" }, plain(node.label)));
      row.addEventListener("click", () => this.#actions.select(node.id));
      list.append(make("li", {}, row));
    }
    const doors = make("div", { class: "explorer__doors" });
    if (this.#actions.connectable()) doors.append(this.#door("How are they connected?", "path", () => this.#actions.connectSelected()));
    const ids = nodes.map((node) => node.id).filter((id) => id !== picture.focus);
    doors.append(
      this.#door("Hide them", "hide", () => this.#actions.hide(ids)),
      this.#door("Hide all others", "fit", () => this.#actions.isolate()),
    );
    return [this.#head(make("h2", { class: "explorer__panel-name" }, `${count(nodes.length, ["record", "records"])} selected`)), doors, list];
  }
}
