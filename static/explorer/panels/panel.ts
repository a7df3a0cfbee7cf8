/* Beside the picture: what is known about the selected node, and what can be done with it. */

import { button, make } from "./dom";
import { icon } from "./icons";
import { mark } from "./marks";
import { type Link, type Picture, type PictureNode, linksOf } from "../state/picture";
import { type State, isVisible } from "../state/state";
import { KIND_NAMES, capital, count, plain, relationFrom, strength, years } from "./words";

export interface PanelActions {
  select(id: string | null): void;
  expand(id: string): void;
  collapse(id: string): void;
  refocus(id: string): void;
  togglePin(id: string): void;
}

const MOST_LINKS = 40;

function factsOf(state: State, node: PictureNode, drawn: number): [string, string][] {
  const facts: [string, string][] = [];
  if (node.year !== null) facts.push(["Year", String(node.year)]);
  facts.push([node.kind === "work" ? "Citations" : "Works", node.weight.toLocaleString("en")]);
  if (node.level !== null) facts.push(["Verification", `L${node.level}`]);
  if (node.trust !== null) facts.push(["Trust", `${node.trust} of 100`]);
  facts.push(["In this picture", count(drawn, ["relation", "relations"])]);
  if (state.pinned.has(node.id)) facts.push(["Place", "Held where you put it"]);
  return facts;
}

function byStrength(picture: Picture): (a: Link, b: Link) => number {
  const order = ["collaborated", "affiliated", "authored", "about", "cites"];
  const weight = (link: Link): number => picture.nodes.get(link.other)?.weight ?? 0;
  return (a, b) => order.indexOf(a.edge.kind) - order.indexOf(b.edge.kind) || b.edge.weight - a.edge.weight || weight(b) - weight(a);
}

export class Panel {
  readonly element = make("aside", { class: "explorer__panel", "aria-label": "Selected record", hidden: true });
  readonly #actions: PanelActions;
  #shown = "";

  constructor(actions: PanelActions) {
    this.#actions = actions;
  }

  show(state: State): void {
    const node = state.selected === null ? undefined : state.picture?.nodes.get(state.selected);
    if (!state.picture || !node) {
      this.element.hidden = true;
      this.element.replaceChildren();
      this.#shown = "";
      return;
    }
    const links = linksOf(state.picture, node.id).filter((link) => isVisible(state, link.other));
    const key = `${node.id} ${links.length} ${state.pinned.has(node.id)} ${state.picture.expanded.join()} ${state.progress.is === "loading" ? state.progress.node : ""}`;
    if (key === this.#shown) return;
    this.#shown = key;
    this.element.replaceChildren(...this.#content(state, state.picture, node, links));
    this.element.hidden = false;
    this.element.scrollTop = 0;
  }

  #content(state: State, picture: Picture, node: PictureNode, links: readonly Link[]): Node[] {
    const facts = make("dl", { class: "explorer__facts" });
    for (const [name, value] of factsOf(state, node, links.length)) facts.append(make("div", {}, make("dt", {}, name), make("dd", {}, value)));
    return [
      make(
        "header",
        { class: "explorer__panel-head" },
        make("p", { class: `explorer__panel-kind explorer__panel-kind--${node.kind}` }, mark(node.kind), capital(KIND_NAMES[node.kind][0])),
        button("Close", icon("close"), () => this.#actions.select(null), { class: "explorer__button" }),
      ),
      make("h2", { class: `explorer__panel-name${node.kind === "work" ? " explorer__panel-name--work" : ""}` }, plain(node.label)),
      this.#doors(state, picture, node),
      facts,
      ...this.#links(picture, node, links),
    ];
  }

  #doors(state: State, picture: Picture, node: PictureNode): HTMLElement {
    const doors = make("div", { class: "explorer__doors" });
    doors.append(make("a", { class: "explorer__door explorer__door--main", href: node.url }, "Open page", icon("arrowUpRight")));
    if (picture.expanded.includes(node.id)) doors.append(this.#door("Collapse", "collapse", () => this.#actions.collapse(node.id)));
    else {
      const loading = state.progress.is === "loading" && state.progress.node === node.id;
      const expand = this.#door(loading ? "Expanding…" : "Expand", "expand", () => this.#actions.expand(node.id));
      expand.disabled = loading;
      doors.append(expand);
    }
    if (node.id !== picture.focus) doors.append(this.#door("Make it the centre", "centre", () => this.#actions.refocus(node.id)));
    if (state.pinned.has(node.id)) doors.append(this.#door("Release", "pin", () => this.#actions.togglePin(node.id)));
    return doors;
  }

  #door(label: string, name: Parameters<typeof icon>[0], press: () => void): HTMLButtonElement {
    const door = make("button", { type: "button", class: "explorer__door" }, icon(name), label);
    door.addEventListener("click", press);
    return door;
  }

  #links(picture: Picture, node: PictureNode, links: readonly Link[]): Node[] {
    if (links.length === 0) return [];
    const list = make("ul", { class: "explorer__links" });
    for (const link of [...links].sort(byStrength(picture)).slice(0, MOST_LINKS)) {
      const other = picture.nodes.get(link.other);
      if (!other) continue;
      const details = [relationFrom(link.edge, node.id), strength(link.edge), years(link.edge)].filter((part) => part !== "").join(", ");
      const row = make("button", { type: "button", class: "explorer__link" }, mark(other.kind), make("span", { class: "explorer__link-name" }, plain(other.label)), make("span", { class: "explorer__link-fact" }, details));
      row.addEventListener("click", () => this.#actions.select(other.id));
      list.append(make("li", {}, row));
    }
    const more = links.length > MOST_LINKS ? [make("p", { class: "explorer__more" }, `and ${count(links.length - MOST_LINKS, ["more", "more"])}; the table has them all`)] : [];
    return [make("h3", { class: "explorer__panel-title" }, "Related in this picture"), list, ...more];
  }
}
