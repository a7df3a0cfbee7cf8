/* Where nodes are to stand: asks the worker, places what is new, keeps what is held. */

import type { Slice } from "../client/slice";
import type { Point } from "../scene/camera";
import { Layouter } from "../scene/layouter";
import type { Places } from "../state/actions";
import type { Picture } from "../state/picture";
import type { State } from "../state/state";
import type { Desk } from "./desk";

const SPREAD = 560; // the server's -1..1 in units of the plane, before the layout's own scale

/** The first places: those the server gives. */
export function startPlaces(slice: Slice): Places {
  return new Map(slice.nodes.map((node) => [node.id, { x: (node.x ?? 0) * SPREAD, y: -(node.y ?? 0) * SPREAD }]));
}

/** New nodes beside what brought them, on the side away from the middle. */
export function placesBeside(at: Point, fresh: readonly string[]): Places {
  const outward = Math.atan2(at.y, at.x);
  return new Map(
    fresh.map((id, index) => {
      const angle = outward + ((index % 2 === 0 ? 1 : -1) * Math.PI * Math.ceil(index / 2)) / Math.max(6, fresh.length);
      const distance = 60 + 9 * Math.sqrt(index);
      return [id, { x: at.x + Math.cos(angle) * distance, y: at.y + Math.sin(angle) * distance }];
    }),
  );
}

/** Places with others put over them; what did not move stays the same object, of which history holds many. */
function merged(before: Places, over: Iterable<readonly [string, Point]>): Places {
  const places = new Map(before);
  for (const [id, at] of over) {
    const own = before.get(id);
    if (own?.x !== at.x || own.y !== at.y) places.set(id, at);
  }
  return places;
}

export function needsGroups(state: State): boolean {
  return state.colour === "community" || state.layout === "circle";
}

export class Arranger {
  readonly #desk: Desk;
  readonly #layouter = new Layouter();
  #grouping: { readonly of: Picture; readonly done: Promise<void> } | null = null;
  /** Whether the camera goes along with the next places. */
  follows = false;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  /** Work out the communities of the picture, unless they are known or being worked out. */
  async group(): Promise<void> {
    const { picture, grouped } = this.#desk.store.state;
    if (picture === null || grouped === picture) return;
    if (this.#grouping?.of !== picture) this.#grouping = { of: picture, done: this.#group(picture) };
    await this.#grouping.done;
  }

  async #group(picture: Picture): Promise<void> {
    const { groupsOf } = await import("../state/communities");
    if (this.#desk.ended.aborted || this.#desk.store.state.picture !== picture) return;
    this.#desk.store.dispatch({ type: "grouped", picture, groups: groupsOf(picture) });
  }

  /** Arrange the picture; `fixed` stays. Ends when the new places are in the state, or another question overtook this one. */
  async arrange(fixed: ReadonlySet<string>, follow: boolean, from: Places = this.#desk.store.state.places): Promise<void> {
    const { root, store, stage, ended } = this.#desk;
    const { picture, layout, size } = store.state;
    if (picture === null) return;
    root.dataset.layout = "running";
    // After the next frame: the picture as it starts is shown first.
    await new Promise((shown) => requestAnimationFrame(() => setTimeout(shown)));
    if (layout === "circle") await this.group();
    if (ended.aborted || store.state.picture !== picture) return;
    const { width, height } = stage.size;
    const groups = store.state.grouped === picture ? store.state.groups : null;
    const found = await this.#layouter.ask({ picture, places: from, fixed, aspect: width / Math.max(1, height), layout, size, groups });
    if (found === null || store.state.picture !== picture) return;
    root.dataset.layout = "done";
    this.follows = follow;
    const held = [...store.state.pinned].filter(([id]) => picture.nodes.has(id));
    store.dispatch({ type: "placed", places: merged(store.state.places, [...found, ...held]) });
  }

  /** New nodes come out of `parent`; what stands already stays. `before` are the nodes that stood before. */
  async settle(parent: string, before: ReadonlySet<string>): Promise<void> {
    const { store } = this.#desk;
    const { picture, places, frozen, layout } = store.state;
    const fresh = [...(picture?.nodes.keys() ?? [])].filter((id) => !before.has(id));
    const at = places.get(parent) ?? { x: 0, y: 0 };
    if (picture === null || fresh.length === 0) return;
    const guess = new Map([...places, ...placesBeside(at, fresh)]);
    if (frozen) store.dispatch({ type: "placed", places: guess });
    else if (layout === "force") await this.arrange(before, false, guess);
    else await this.arrange(new Set(store.state.pinned.keys()), true, guess); // the axis or the ring may have grown
  }

  /** The picture is another one now: no answer is awaited any more. */
  forget(): void {
    this.#layouter.drop();
    this.#desk.root.dataset.layout = "done";
  }

  destroy(): void {
    this.#layouter.destroy();
  }
}
