/* The table that equals the picture, for reading, sorting and for those who cannot see a picture. */

import { make } from "../panels/dom";
import { mark } from "../panels/marks";
import { type EdgeColumn, type EdgeRow, type NodeColumn, type NodeRow, type Order, edgeRows, nodeColumns, nodeRows } from "./table";
import type { Kind } from "../client/slice";
import type { PictureNode } from "../state/picture";
import type { State } from "../state/state";
import { type Visible, visibleOf } from "../state/visible";
import { COLOUR_NAMES, KIND_NAMES, capital, count, measure, relationFrom, strength, years } from "../panels/words";

interface Column<Name extends string> {
  readonly name: Name;
  readonly title: string;
  readonly number?: true;
}

/** `meaning` is titled by the colour it is about. */
const NODE_COLUMNS: Readonly<Record<NodeColumn, Omit<Column<NodeColumn>, "name">>> = {
  label: { title: "Name" },
  kind: { title: "Kind" },
  year: { title: "Year", number: true },
  level: { title: "Level", number: true },
  meaning: { title: "" },
  weight: { title: "Weight", number: true },
  relations: { title: "Relations", number: true },
};

/** What the table shows besides what is visible. */
const DEPENDS = ["colour", "grouped", "groups"] as const;

const EDGE_COLUMNS: readonly Column<EdgeColumn>[] = [
  { name: "source", title: "From" },
  { name: "kind", title: "Relation" },
  { name: "target", title: "To" },
  { name: "weight", title: "Weight", number: true },
  { name: "years", title: "Years", number: true },
];

function nextOrder<Name extends string>(order: Order<Name>, column: Column<Name>): Order<Name> {
  return order.by === column.name ? { by: column.name, down: !order.down } : { by: column.name, down: column.number === true };
}

export class TableView {
  readonly element: HTMLElement;
  readonly #words = make("input", { type: "search", class: "explorer__input explorer__table-words", placeholder: "Only rows with these words", "aria-label": "Only rows with these words" });
  readonly #parts = make("div", { class: "explorer__table-parts" });
  readonly #select: (id: string) => void;
  #nodeOrder: Order<NodeColumn> = { by: "kind", down: false };
  #edgeOrder: Order<EdgeColumn> = { by: "source", down: false };
  #state: State | null = null;
  #drawn: Visible | null = null;

  constructor(select: (id: string) => void) {
    this.#select = select;
    this.element = make("div", { class: "explorer__table", hidden: true, tabindex: "-1" }, this.#words, this.#parts);
    this.#words.addEventListener("input", () => this.#state && this.#render(this.#state));
  }

  show(state: State): void {
    const before = this.#state;
    this.#state = state;
    this.element.hidden = state.shown !== "table";
    if (this.element.hidden) return;
    const same = before?.shown === "table" && this.#drawn === visibleOf(state) && DEPENDS.every((name) => before[name] === state[name]) && this.#parts.childElementCount > 0;
    if (same) this.#markSelected(state.selected);
    else this.#render(state);
  }

  #render(state: State): void {
    this.#drawn = visibleOf(state);
    const words = this.#words.value;
    const columns = nodeColumns(state).map((name) => ({ name, ...NODE_COLUMNS[name], ...(name === "meaning" ? { title: COLOUR_NAMES[state.colour] } : {}) }));
    if (columns.every((column) => column.name !== this.#nodeOrder.by)) this.#nodeOrder = { by: "kind", down: false };
    const [nodes, edges] = [nodeRows(state, this.#nodeOrder, words), edgeRows(state, this.#edgeOrder, words)];
    const bodies = this.#nodeOrder.by === "kind" ? this.#byKind(nodes, columns) : [make("tbody", {}, ...nodes.map((row) => this.#nodeRow(row, columns)))];
    this.#parts.replaceChildren(
      this.#table("Records", `${count(nodes.length, ["record", "records"])} of the picture`, columns, this.#nodeOrder, (order) => (this.#nodeOrder = order), bodies),
      this.#table("Relations", `${count(edges.length, ["relation", "relations"])} between them`, EDGE_COLUMNS, this.#edgeOrder, (order) => (this.#edgeOrder = order), [
        make("tbody", {}, ...edges.map((row) => this.#edgeRow(row))),
      ]),
    );
    this.#markSelected(state.selected);
  }

  /** One body for each kind, with its name and how many it has. */
  #byKind(rows: readonly NodeRow[], columns: readonly Column<NodeColumn>[]): HTMLElement[] {
    const groups = new Map<Kind, NodeRow[]>();
    for (const row of rows) groups.set(row.node.kind, [...(groups.get(row.node.kind) ?? []), row]);
    return [...groups].map(([kind, own]) => {
      const title = make("th", { scope: "rowgroup", colspan: String(columns.length), class: "explorer__group" }, capital(count(own.length, KIND_NAMES[kind])));
      return make("tbody", {}, make("tr", {}, title), ...own.map((row) => this.#nodeRow(row, columns)));
    });
  }

  #table<Name extends string>(title: string, note: string, columns: readonly Column<Name>[], order: Order<Name>, take: (order: Order<Name>) => void, bodies: HTMLElement[]): HTMLElement {
    const head = make("tr");
    for (const column of columns) {
      const isOrder = order.by === column.name;
      const face = make("button", { type: "button", class: "explorer__sort" }, column.title, make("span", { "aria-hidden": "true" }, isOrder ? (order.down ? " ↓" : " ↑") : ""));
      face.addEventListener("click", () => {
        take(nextOrder(order, column));
        if (this.#state) this.#render(this.#state);
        this.element.querySelector<HTMLElement>(`[data-column="${title}-${column.name}"] button`)?.focus();
      });
      head.append(make("th", { scope: "col", "data-column": `${title}-${column.name}`, class: column.number ? "number" : null, "aria-sort": isOrder ? (order.down ? "descending" : "ascending") : null }, face));
    }
    return make(
      "section",
      { class: "explorer__table-part" },
      make("div", { class: "explorer__table-wrap", tabindex: "0", role: "region", "aria-label": title }, make("table", { class: "table" }, make("caption", {}, make("b", {}, title), ` ${note}`), make("thead", {}, head), ...bodies)),
    );
  }

  #nodeRow(row: NodeRow, columns: readonly Column<NodeColumn>[]): HTMLElement {
    const cells = columns.map((column) => this.#nodeCell(row, column));
    return make("tr", { "data-node": row.node.id }, ...cells);
  }

  #nodeCell({ node, label, meaning, relations }: NodeRow, column: Column<NodeColumn>): HTMLElement {
    const words: Readonly<Record<Exclude<NodeColumn, "label" | "kind">, string>> = {
      year: node.year === null ? "" : String(node.year),
      level: node.level === null ? "" : `L${node.level}`,
      meaning: meaning ?? "",
      weight: measure(node),
      relations: String(relations),
    };
    if (column.name === "label") return this.#nameCell(node, label);
    if (column.name === "kind") return make("td", {}, make("span", { class: "explorer__cell" }, mark(node.kind), capital(KIND_NAMES[node.kind][0])));
    return make("td", { class: column.number ? "number" : null }, words[column.name]);
  }

  #nameCell(node: PictureNode, label: string): HTMLElement {
    const name = make("button", { type: "button", class: `explorer__name${node.kind === "work" ? " explorer__name--work" : ""}` }, label);
    name.addEventListener("click", () => this.#select(node.id));
    return make("th", { scope: "row" }, name, " ", make("a", { class: "explorer__page", href: node.url }, "page", make("span", { class: "visually-hidden" }, ` of ${label}`)));
  }

  #edgeRow({ edge, source, target }: EdgeRow): HTMLElement {
    return make(
      "tr",
      { "data-source": edge.source, "data-target": edge.target, "data-kind": edge.kind },
      make("td", {}, source),
      make("td", {}, relationFrom(edge, edge.source)),
      make("td", {}, target),
      make("td", { class: "number" }, strength(edge)),
      make("td", { class: "number" }, years(edge)),
    );
  }

  #markSelected(ids: readonly string[]): void {
    for (const row of this.element.querySelectorAll<HTMLElement>("tr[data-node]")) {
      const isSelected = ids.includes(row.dataset.node ?? "");
      row.classList.toggle("explorer__row--selected", isSelected);
      row.querySelector("button")?.setAttribute("aria-pressed", String(isSelected));
    }
  }
}
