/* Thinning the picture out: years, strength, topic, institution, and what was hidden by hand. */

import type { State } from "../state/state";
import { type Filters, NO_FILTERS, isFiltering } from "../state/values";
import { belongings } from "../state/visible";
import { button, make } from "./dom";
import { type Bar, barsOf, histogram, playSteps } from "./histogram";
import { icon } from "./icons";
import { Menu } from "./menu";
import { count, plain } from "./words";

export interface FilterActions {
  filter(filters: Partial<Filters>): void;
  unhide(nodes?: readonly string[]): void;
}

const PLAY_STEP = 700; // milliseconds for a year
const MOST_NAMED = 6;
const MOST_PICKS = 60;

function slider(label: string, take: (value: number) => void): HTMLInputElement {
  const input = make("input", { type: "range", class: "explorer__range", "aria-label": label, step: "1" });
  input.addEventListener("input", () => take(Number(input.value)));
  return input;
}

export class FilterMenu {
  readonly menu: Menu;
  readonly #actions: FilterActions;
  readonly #chart = make("div", { class: "explorer__chart" });
  readonly #span = make("output", { class: "explorer__span" });
  readonly #from: HTMLInputElement;
  readonly #to: HTMLInputElement;
  readonly #play: HTMLButtonElement;
  readonly #years: HTMLElement;
  readonly #weight: HTMLInputElement;
  readonly #weightWords = make("output", { class: "explorer__span" });
  readonly #strength: HTMLElement;
  readonly #picks: Readonly<Record<"topic" | "institution", HTMLSelectElement>>;
  readonly #hidden = make("div", { class: "explorer__hidden-list" });
  readonly #reset: HTMLButtonElement;
  #bars: readonly Bar[] = [];
  #timer = 0;
  #state: State | null = null;

  constructor(name: string, actions: FilterActions, signal: AbortSignal) {
    this.#actions = actions;
    this.menu = new Menu(`explorer-filter-${name}`, "Filter", "filter", signal, () => this.#fill());
    this.#from = slider("From year", (value) => this.#takeYears(value, Math.max(value, Number(this.#to.value))));
    this.#to = slider("To year", (value) => this.#takeYears(Math.min(value, Number(this.#from.value)), value));
    this.#play = button("Play the years", icon("play"), () => this.#playing(), { class: "explorer__button" });
    this.#years = make("section", { class: "explorer__sheet-part" }, make("h2", {}, "Years of works"), this.#chart, this.#from, this.#to, make("div", { class: "explorer__sheet-row" }, this.#span, this.#play));
    this.#weight = slider("Least shared works", (value) => actions.filter({ weight: value }));
    this.#strength = make("section", { class: "explorer__sheet-part" }, make("h2", {}, "Strength of collaboration"), this.#weight, this.#weightWords);
    this.#picks = { topic: this.#picker("topic", "Topic"), institution: this.#picker("institution", "Institution") };
    this.#reset = button("Clear filters", "Clear filters", () => actions.filter(NO_FILTERS), { class: "explorer__door" });
    this.menu.sheet.append(this.#years, this.#strength, ...Object.values(this.#picks).map((pick) => pick.closest("label") as HTMLElement), this.#hidden, this.#reset);
    signal.addEventListener("abort", () => clearInterval(this.#timer));
  }

  #picker(kind: "topic" | "institution", title: string): HTMLSelectElement {
    const pick = make("select", { class: "explorer__pick" });
    pick.addEventListener("change", () => this.#actions.filter({ [kind]: pick.value === "" ? null : pick.value }));
    make("label", { class: "explorer__sheet-part" }, make("span", {}, title), pick);
    return pick;
  }

  #takeYears(from: number, to: number): void {
    const [first, last] = [this.#bars[0]?.year, this.#bars.at(-1)?.year];
    this.#actions.filter({ from: from === first ? null : from, to: to === last ? null : to });
  }

  #playing(): void {
    if (this.#timer !== 0) {
      this.#stop();
      return;
    }
    const steps = [...playSteps(this.#bars)];
    const next = (): void => {
      const step = steps.shift();
      if (step) this.#takeYears(step.from, step.to);
      if (steps.length === 0) this.#stop();
    };
    this.#timer = window.setInterval(next, PLAY_STEP);
    this.#face("Stop", "pause");
    next();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = 0;
    this.#face("Play the years", "play");
  }

  #face(label: string, name: "play" | "pause"): void {
    this.#play.setAttribute("aria-label", label);
    this.#play.title = label;
    this.#play.replaceChildren(icon(name));
  }

  show(state: State): void {
    this.#state = state;
    this.menu.count = [state.filters.from ?? state.filters.to, state.filters.topic, state.filters.institution].filter((one) => one !== null).length + (state.filters.weight > 1 ? 1 : 0) + (state.hiddenNodes.size > 0 ? 1 : 0);
    if (this.menu.isOpen) this.#fill();
  }

  #fill(): void {
    const state = this.#state;
    if (!state?.picture) return;
    const { picture, filters } = state;
    this.#bars = barsOf(picture);
    const [first, last] = [this.#bars[0]?.year ?? 0, this.#bars.at(-1)?.year ?? 0];
    const [from, to] = [filters.from ?? first, filters.to ?? last];
    this.#years.hidden = this.#bars.length < 2;
    this.#chart.replaceChildren(histogram(this.#bars, from, to));
    for (const [input, value] of [[this.#from, from], [this.#to, to]] as const) {
      Object.assign(input, { min: String(first), max: String(last), value: String(value) });
    }
    this.#span.textContent = `${from} to ${to}`;
    const most = Math.max(1, ...[...picture.edges.values()].filter((edge) => edge.kind === "collaborated").map((edge) => edge.weight));
    this.#strength.hidden = most < 2;
    Object.assign(this.#weight, { min: "1", max: String(Math.min(most, 30)), value: String(filters.weight) });
    this.#weightWords.textContent = `at least ${count(filters.weight, ["shared work", "shared works"])}`;
    for (const kind of ["topic", "institution"] as const) this.#fillPick(state, kind);
    this.#fillHidden(state);
    this.#reset.hidden = !isFiltering(filters);
  }

  #fillPick(state: State, kind: "topic" | "institution"): void {
    const found = state.picture ? belongings(state.picture, kind).slice(0, MOST_PICKS) : [];
    const options = found.map(({ id, name, count: many }) => make("option", { value: id }, `${plain(name)} (${many})`));
    this.#picks[kind].replaceChildren(make("option", { value: "" }, "All"), ...options);
    this.#picks[kind].value = state.filters[kind] ?? "";
    this.#picks[kind].closest("label")?.toggleAttribute("hidden", found.length === 0);
  }

  #fillHidden(state: State): void {
    const nodes = [...state.hiddenNodes].flatMap((id) => state.picture?.nodes.get(id) ?? []);
    this.#hidden.replaceChildren();
    if (nodes.length === 0) return;
    const back = nodes.slice(-MOST_NAMED).map((node) => button(`Show ${plain(node.label)} again`, plain(node.label), () => this.#actions.unhide([node.id]), { class: "explorer__back" }));
    this.#hidden.append(make("h2", {}, `${count(nodes.length, ["record", "records"])} hidden`), ...back, button("Show all again", "Show all again", () => this.#actions.unhide(), { class: "explorer__door" }));
  }
}
