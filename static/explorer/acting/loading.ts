/* Asks the portal and puts its answers into the picture. A failure keeps what is drawn and can be tried again. */

import { type Addressed, readAddress } from "../client/address";
import { AskError, type Scope, expansion, firstSlice, pathBetween } from "../client/api";
import type { Kind, Slice } from "../client/slice";
import { count } from "../panels/words";
import type { State } from "../state/state";
import { isVisible } from "../state/visible";
import { type Arranger, startPlaces } from "./arranging";
import { type Desk, nameOf } from "./desk";

const LIMITS = { wide: 110, narrow: 60 };

/** The first slice, asked for before anything was built. */
export interface Early {
  readonly focus: string;
  readonly slice: Promise<Slice>;
}

export class Loader {
  readonly #desk: Desk;
  readonly #arranger: Arranger;
  #asking = new AbortController();
  #early: Early | null;
  #again: () => Promise<unknown> = () => this.open();

  constructor(desk: Desk, arranger: Arranger, early: Early) {
    this.#desk = desk;
    this.#arranger = arranger;
    this.#early = early;
  }

  get #state(): State {
    return this.#desk.store.state;
  }

  #signal(): AbortSignal {
    this.#asking.abort();
    this.#asking = new AbortController();
    return AbortSignal.any([this.#asking.signal, this.#desk.ended]);
  }

  /** Load what the address (or the options) asks for, step by step as it was made. */
  async open(addressed: Addressed = addressedBy(this.#desk)): Promise<void> {
    const focus = addressed.focus ?? this.#desk.options.focus;
    this.#desk.store.dispatch({ type: "restore", focus, start: addressed.start });
    if (!(await this.#load(focus))) return;
    for (const step of addressed.expanded) {
      const [node = "", kind] = step.split("~");
      await this.#grow(node, kind as Kind | undefined, false);
    }
    if (addressed.path) await this.connect(...addressed.path);
    if (addressed.isNewer) this.#desk.say("This link was made by a later version of the explorer: only its start is shown.");
  }

  async #load(focus: string, step = false): Promise<boolean> {
    const { store, stage, options, root } = this.#desk;
    this.#again = () => (step ? this.recentre(focus) : this.open());
    const signal = this.#signal();
    store.dispatch({ type: "ask", node: focus });
    const early = this.#early?.focus === focus ? this.#early.slice : null;
    this.#early = null;
    try {
      const slice = await (early ?? firstSlice(options.sliceUrl, focus, scopeOf(options, root), signal));
      if (signal.aborted) return false;
      // The step comes first: what the change of state writes into the address belongs to the new focus.
      if (step) history.pushState(null, "", `?focus=${focus}`);
      const places = startPlaces(slice);
      stage.place(places);
      store.dispatch({ type: "load", slice, places, step });
      stage.fit(false);
      stage.flush();
      this.#tellUnread(slice);
      await this.#arranger.arrange(new Set(), true);
      return !signal.aborted;
    } catch (error) {
      this.#failed(focus, error, signal);
      return false;
    }
  }

  /** Make another node the focus, with a step in the history. */
  recentre(node: string): Promise<boolean> {
    return this.#load(node, true);
  }

  /** Draw what is around a node: all kinds, or more of one. A node that is not drawn becomes a second focus. */
  async expand(node: string, kind?: Kind): Promise<void> {
    const { picture } = this.#state;
    if (!picture || (!kind && picture.expanded.includes(node))) return;
    if (picture.nodes.has(node)) this.#desk.store.dispatch({ type: "select", nodes: [node] });
    await this.#grow(node, kind, true);
  }

  async #grow(node: string, kind: Kind | undefined, tells: boolean): Promise<void> {
    const { store, options, say } = this.#desk;
    const picture = this.#state.picture;
    if (!picture) return;
    this.#again = () => this.#grow(node, kind, true);
    const signal = this.#signal();
    store.dispatch({ type: "ask", node });
    try {
      const slice = await expansion(options.sliceUrl, node, picture.nodes.keys(), signal, kind ?? options.kinds);
      if (signal.aborted) return;
      const before = new Set(this.#state.picture?.nodes.keys());
      const at = this.#state.places.get(node) ?? farther(this.#state);
      const fresh = slice.nodes.filter((one) => !before.has(one.id));
      const places = new Map([...this.#state.places, ...fresh.map((one): [string, { x: number; y: number }] => [one.id, at])]);
      store.dispatch({ type: "expand", node, slice, places, ...(kind ? { kind } : {}) });
      this.#tellUnread(slice);
      if (tells) say(this.#added(node, fresh.map((one) => one.id))); // prettier-ignore
      await this.#arranger.settle(node, before);
    } catch (error) {
      this.#failed(node, error, signal);
    }
  }

  #added(node: string, fresh: readonly string[]): string {
    const name = nameOf(this.#state, node);
    if (fresh.length === 0) return `Everything around ${name} is drawn already.`;
    const away = fresh.filter((id) => !isVisible(this.#state, id)).length;
    return `${count(fresh.length, ["record", "records"])} added around ${name}${away > 0 ? `, ${away} of them filtered out` : ""}.`;
  }

  /** Find the way between two records and draw it; answers whether there is one. */
  async connect(from: string, to: string, avoid: readonly string[] = []): Promise<boolean> {
    const { store, options, say } = this.#desk;
    if (!options.pathUrl) return false;
    this.#again = () => this.connect(from, to, avoid);
    const signal = this.#signal();
    store.dispatch({ type: "ask", node: to });
    try {
      const found = await pathBetween(options.pathUrl, from, to, avoid, signal);
      if (signal.aborted) return true;
      if (found.length === null) throw new AskError(found.detail || "No path was found between the two.", false);
      const before = new Set(this.#state.picture?.nodes.keys());
      const at = this.#state.places.get(from) ?? { x: 0, y: 0 };
      const places = new Map([...found.nodes.map((node): [string, { x: number; y: number }] => [node.id, at]), ...this.#state.places]);
      store.dispatch({ type: "connect", nodes: found.nodes, edges: found.edges, places });
      say(`${count(found.length, ["step", "steps"])} from ${nameOf(this.#state, from)} to ${nameOf(this.#state, to)}: ${found.nodes.map((node) => nameOf(this.#state, node.id)).join(", ")}.`);
      await this.#arranger.settle(from, before);
      return true;
    } catch (error) {
      this.#failed(to, error, signal);
      return false;
    }
  }

  #tellUnread(slice: Slice): void {
    if (slice.unread > 0) this.#desk.say(`${count(slice.unread, ["part", "parts"])} of the answer could not be read; the rest is drawn.`);
  }

  #failed(node: string, error: unknown, signal: AbortSignal): void {
    if (signal.aborted) return;
    const known = error instanceof AskError;
    const reason = known ? error.message : "The picture could not be drawn.";
    this.#desk.store.dispatch({ type: "fail", node, reason, again: known ? error.again : true });
    this.#desk.say(reason);
  }

  /** Ask again what failed last. */
  retry(): void {
    if (this.#state.progress.is !== "failed") return;
    if (this.#state.picture === null) void this.open();
    else void this.#again();
  }

  destroy(): void {
    this.#asking.abort();
    this.#early = null;
    this.#again = () => Promise.resolve();
  }
}

/** Beside everything that stands: where a second focus begins. */
function farther(state: State): { x: number; y: number } {
  const right = Math.max(0, ...[...state.places.values()].map((place) => place.x));
  return { x: right + 260, y: 0 };
}

export function scopeOf(options: Desk["options"], root: HTMLElement): Scope {
  return { limit: options.limit ?? (root.clientWidth < 500 ? LIMITS.narrow : LIMITS.wide), ...(options.radius ? { radius: options.radius } : {}), ...(options.kinds ? { kinds: options.kinds } : {}) };
}

/** What the address asks for; an embedded explorer has its options instead. */
export function addressedBy({ options }: Pick<Desk, "options">): Addressed {
  return readAddress(options.embedded ? "" : location.search, { ...(options.colour ? { colour: options.colour } : {}), ...(options.layout ? { layout: options.layout } : {}) });
}
