/* What a reader can do, by name. Buttons, keys and gestures all end here; each says what it did. */

import type { Kind } from "../client/slice";
import { COLOUR_NAMES, count, fact, plain } from "../panels/words";
import { meaningOf } from "../reducers/colour";
import type { Change } from "../state/actions";
import { linksOf } from "../state/picture";
import { type State, primary } from "../state/state";
import type { Colour, Filters, Layout, Shown, Size } from "../state/values";
import { visibleOf } from "../state/visible";
import type { Arranger } from "./arranging";
import { type Desk, nameOf } from "./desk";
import type { Loader } from "./loading";

/** "Picture of Ada and what is around: 12 records, 30 relations." */
export function summary(state: State): string {
  if (!state.picture) return "Picture of the graph, not drawn yet";
  const { nodes, edges } = visibleOf(state);
  return `Picture of ${nameOf(state, state.focus)} and what is around: ${count(nodes.size, ["record", "records"])}, ${count(edges.length, ["relation", "relations"])}.`;
}

export class Deeds {
  readonly #desk: Desk;
  readonly #arranger: Arranger;
  readonly #loader: Loader;
  /** Whom the way between two records is not to pass. */
  #avoided: { readonly of: string; readonly ids: readonly string[] } = { of: "", ids: [] };

  constructor(desk: Desk, arranger: Arranger, loader: Loader) {
    this.#desk = desk;
    this.#arranger = arranger;
    this.#loader = loader;
  }

  get state(): State {
    return this.#desk.store.state;
  }

  /** Tell how many records are left after a change that hides or shows some. */
  #tellLeft(words: string): void {
    this.#desk.say(`${words} ${count(visibleOf(this.state).nodes.size, ["record", "records"])} shown.`);
  }

  /** Select one record, or with `adds` take it into the selection or out of it. */
  select(id: string | null, adds = false): void {
    const before = this.state.selected;
    if (id === null) this.#desk.store.dispatch({ type: "select", nodes: [] });
    else if (adds && before.includes(id)) this.#desk.store.dispatch({ type: "select", nodes: before.filter((other) => other !== id) });
    else this.#goTo(id, { type: "select", nodes: adds ? [...before, id] : [id] });
  }

  /** Go to another record by keyboard: the last one selected moves, or with `keeps` stays and one more is selected. */
  walk(id: string, keeps: boolean): void {
    const before = this.state.selected.filter((other) => other !== id);
    const stays = keeps || this.state.selected.includes(id) ? before : before.slice(0, -1);
    this.#goTo(id, { type: "select", nodes: [...stays, id], walk: true });
  }

  #goTo(id: string, action: Change): void {
    this.#desk.store.dispatch(action);
    this.#desk.stage.reveal(id);
    const { picture, selected } = this.state;
    const node = picture?.nodes.get(id);
    if (!picture || !node) return;
    const many = selected.length > 1 ? ` ${selected.length} selected.` : "";
    const meaning = meaningOf(this.state, picture, node);
    const means = meaning === null ? "" : ` ${COLOUR_NAMES[this.state.colour]}: ${meaning}.`;
    this.#desk.say(`${plain(node.label)}. ${fact(node)}, ${count(linksOf(picture, id).length, ["relation", "relations"])} drawn.${means}${many}`);
  }

  selectAll(nodes: readonly string[], adds: boolean): void {
    const all = adds ? [...this.state.selected, ...nodes] : nodes;
    this.#desk.store.dispatch({ type: "select", nodes: all });
    this.#desk.say(`${count(this.state.selected.length, ["record", "records"])} selected.`);
  }

  expand(id: string, kind?: Kind): void {
    void this.#loader.expand(id, kind);
  }

  collapse(id: string): void {
    const before = this.state.picture?.nodes.size ?? 0;
    this.#desk.store.dispatch({ type: "collapse", node: id });
    const gone = before - (this.state.picture?.nodes.size ?? 0);
    if (gone > 0) this.#desk.say(`${count(gone, ["record", "records"])} taken away.`);
  }

  /** Make another node the focus; in a page this leads to the full explorer. */
  async recentre(id: string): Promise<void> {
    const { options } = this.#desk;
    if (options.embedded) {
      location.assign(`${options.exploreUrl}?focus=${id}`);
      return;
    }
    if (id !== this.state.focus && (await this.#loader.recentre(id))) this.#desk.say(summary(this.state));
  }

  hide(nodes: readonly string[]): void {
    const before = this.state.hiddenNodes.size;
    this.#desk.store.dispatch({ type: "hide", nodes });
    const hidden = this.state.hiddenNodes.size - before;
    if (hidden > 0) this.#tellLeft(`${count(hidden, ["record", "records"])} hidden.`);
    else this.#desk.say(nodes.length === 0 ? "Select a record first." : "The record in the middle cannot be hidden.");
  }

  /** Hide all but the selection and the focus. */
  isolate(): void {
    const kept = new Set(this.state.selected);
    this.hide([...visibleOf(this.state).nodes].filter((id) => !kept.has(id)));
  }

  unhide(nodes?: readonly string[]): void {
    this.#desk.store.dispatch({ type: "unhide", ...(nodes ? { nodes } : {}) });
    this.#tellLeft("Shown again.");
  }

  pin(node: string, at = this.#desk.stage.places.get(node)): void {
    if (!at) return;
    this.#desk.store.dispatch({ type: "pin", node, at });
    this.#desk.say(`${nameOf(this.state, node)} is held in place.`);
  }

  togglePin(node: string): void {
    if (!this.state.pinned.has(node)) {
      this.pin(node);
      return;
    }
    this.#desk.store.dispatch({ type: "unpin", node });
    this.#desk.say(`${nameOf(this.state, node)} is released.`);
  }

  toggleKind(kind: Kind): void {
    this.#desk.store.dispatch({ type: "toggleKind", kind });
    this.#tellLeft("");
  }

  toggleBucket(bucket: string): void {
    this.#desk.store.dispatch({ type: "toggleBucket", bucket });
    this.#tellLeft("");
  }

  filter(filters: Partial<Filters>): void {
    this.#desk.store.dispatch({ type: "filter", filters });
    this.#tellLeft("");
  }

  colour(colour: Colour): void {
    this.#desk.store.dispatch({ type: "colour", colour });
  }

  size(size: Size): void {
    this.#desk.store.dispatch({ type: "size", size });
  }

  layout(layout: Layout): void {
    if (layout === this.state.layout) return;
    this.#desk.store.dispatch({ type: "layout", layout });
    void this.#arranger.arrange(new Set(this.state.pinned.keys()), true);
    this.#desk.stage.fit(false);
  }

  /** Arrange anew; what is held stays. */
  arrange(): void {
    if (this.state.frozen) this.#desk.say("The picture is frozen. Release it to arrange it anew.");
    else void this.#arranger.arrange(new Set(this.state.pinned.keys()), !this.#desk.stage.isMoved);
  }

  freeze(frozen = !this.state.frozen): void {
    this.#desk.store.dispatch({ type: "freeze", frozen });
    this.#desk.say(frozen ? "Frozen: what stands stays where it is." : "Released.");
  }

  /** Draw the way between the two records selected last, or from the focus to the one selected. */
  connectSelected(): void {
    const ends = this.connectable();
    if (ends) void this.#loader.connect(...ends);
    else this.#desk.say("Select two researchers, or two works, to see how they are connected.");
  }

  /** The two records a way could be drawn between; null without such. */
  connectable(): [string, string] | null {
    const { picture, selected, focus } = this.state;
    const last = primary(this.state);
    if (!picture || last === null || !this.#desk.options.pathUrl) return null;
    const kind = picture.nodes.get(last)?.kind;
    if (kind !== "researcher" && kind !== "work") return null;
    const other = selected.findLast((id) => id !== last && picture.nodes.get(id)?.kind === kind) ?? (selected.length === 1 && last !== focus && picture.nodes.get(focus)?.kind === kind ? focus : null);
    return other ? [other, last] : null;
  }

  /** Bring in a record that is not drawn: by the way that leads to it where there is one, else with what is around it. */
  async add(id: string): Promise<void> {
    const isPerson = id.startsWith("researcher:") && this.state.focus.startsWith("researcher:");
    const isJoined = isPerson && (await this.#loader.connect(this.state.focus, id));
    if (!isJoined) await this.#loader.expand(id);
    if (this.state.picture?.nodes.has(id)) this.select(id);
  }

  /** Find another way between the same two records, past somebody. */
  avoid(id: string): void {
    const [from, to] = [this.state.way?.nodes[0], this.state.way?.nodes.at(-1)];
    if (from === undefined || to === undefined) return;
    this.#avoided = this.#avoided.of === `${from} ${to}` ? { of: `${from} ${to}`, ids: [...this.#avoided.ids, id] } : { of: `${from} ${to}`, ids: [id] };
    void this.#loader.connect(from, to, this.#avoided.ids);
  }

  disconnect(): void {
    this.#desk.store.dispatch({ type: "disconnect" });
  }

  undo(): void {
    const words = this.state.past.at(-1)?.words;
    this.#desk.store.dispatch({ type: "undo" });
    this.#desk.say(words ? `Undone: ${words}. ${summary(this.state)}` : "Nothing to undo.");
  }

  redo(): void {
    const words = this.state.future.at(-1)?.words;
    this.#desk.store.dispatch({ type: "redo" });
    this.#desk.say(words ? `Done again: ${words}. ${summary(this.state)}` : "Nothing to do again.");
  }

  show(shown: Shown): void {
    this.#desk.store.dispatch({ type: "show", shown });
  }

  search(query: string): void {
    this.#desk.store.dispatch({ type: "search", query });
  }

  openPage(id: string): void {
    const url = this.state.picture?.nodes.get(id)?.url;
    if (url) location.assign(url);
  }

  retry(): void {
    this.#loader.retry();
  }

  /** Leave a failure be. */
  dismiss(): void {
    this.#desk.store.dispatch({ type: "rest" });
  }

  async fullscreen(): Promise<void> {
    if (document.fullscreenElement) await document.exitFullscreen();
    else await this.#desk.root.requestFullscreen().catch(() => this.#desk.say("This browser does not allow full screen here."));
  }
}
