/* The picture by keyboard. panels/help.ts names every key. */

import { linksOf } from "../state/picture";
import { primary } from "../state/state";
import { isVisible } from "../state/visible";
import { type Direction, type Placed, neighbourTowards } from "../scene/neighbour";
import type { Deeds } from "./deeds";
import { type Desk, nameOf } from "./desk";

const STEP = 80; // pixels a shifted arrow moves the picture
const ZOOM = 1.35;

export interface Doors {
  /** Opens the help. */
  help(): void;
  /** Goes to the search field. */
  find(): void;
}

export class Keys {
  readonly #desk: Desk;
  readonly #deeds: Deeds;
  readonly #doors: Doors;
  /** The next step adds to the selection instead of moving it. */
  #keeps = false;

  constructor(desk: Desk, deeds: Deeds, doors: Doors) {
    this.#desk = desk;
    this.#deeds = deeds;
    this.#doors = doors;
  }

  /** Keys pressed on the picture. */
  onPicture(event: KeyboardEvent): void {
    if (event.altKey) return;
    const key = event.key.toLowerCase();
    if (event.ctrlKey || event.metaKey) {
      if (key === "z" && event.shiftKey) this.#deeds.redo();
      else if (key === "z") this.#deeds.undo();
      else if (key === "y") this.#deeds.redo();
      else return;
      event.preventDefault();
      return;
    }
    if (!this.#press(key, event.shiftKey)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Keys pressed in the table. */
  onTable(event: KeyboardEvent): void {
    const writes = event.target instanceof HTMLElement && event.target.matches("input, select");
    if (event.key.toLowerCase() !== "t" || writes || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.#deeds.show("picture");
  }

  #press(key: string, shift: boolean): boolean {
    const arrow = /^arrow(left|right|up|down)$/.exec(key)?.[1] as Direction | undefined;
    if (arrow) {
      if (shift) this.#pan(arrow);
      else this.#walk(arrow);
      return true;
    }
    const action = this.#actions(shift)[key];
    const selected = primary(this.#deeds.state);
    // A page that embeds the picture keeps Escape and Enter when nothing is selected.
    if (!action || (selected === null && (key === "escape" || key === "enter"))) return false;
    action();
    return true;
  }

  #actions(shift: boolean): Readonly<Record<string, () => void>> {
    const [deeds, stage] = [this.#deeds, this.#desk.stage];
    const { state } = deeds;
    const node = primary(state) ?? state.focus;
    return {
      "+": () => stage.zoom(ZOOM, undefined, true),
      "=": () => stage.zoom(ZOOM, undefined, true),
      "-": () => stage.zoom(1 / ZOOM, undefined, true),
      "0": () => stage.fit(),
      "?": () => this.#doors.help(),
      "/": () => this.#doors.find(),
      " ": () => this.#keep(),
      e: () => deeds.expand(node),
      c: () => deeds.collapse(node),
      f: () => void deeds.recentre(node),
      h: () => (shift ? deeds.unhide() : deeds.hide(state.selected)),
      p: () => deeds.togglePin(node),
      u: () => (shift ? deeds.redo() : deeds.undo()),
      r: () => deeds.redo(),
      b: () => (state.way ? deeds.disconnect() : deeds.connectSelected()),
      g: () => deeds.freeze(),
      l: () => deeds.arrange(),
      t: () => deeds.show("table"),
      enter: () => deeds.openPage(node),
      escape: () => deeds.select(null),
    };
  }

  #keep(): void {
    const { state } = this.#deeds;
    const at = primary(state);
    if (at === null) {
      this.#deeds.select(state.focus);
      return;
    }
    this.#keeps = true;
    this.#desk.say(`${nameOf(state, at)} stays selected. Go on with the arrow keys to add another.`);
  }

  #pan(direction: Direction): void {
    const { stage } = this.#desk;
    stage.pan(direction === "left" ? STEP : direction === "right" ? -STEP : 0, direction === "up" ? STEP : direction === "down" ? -STEP : 0, true);
  }

  /** To the neighbour in that direction, along an edge if one leads there. */
  #walk(direction: Direction): void {
    const { state } = this.#deeds;
    const at = primary(state);
    if (!state.picture) return;
    if (at === null) {
      this.#deeds.walk(state.focus, false);
      return;
    }
    const placed = (id: string): Placed[] => {
      const place = state.places.get(id);
      return place && isVisible(state, id) ? [{ id, ...place }] : [];
    };
    const [from] = placed(at);
    if (!from) return;
    const linked = linksOf(state.picture, at).flatMap((link) => placed(link.other));
    const next = neighbourTowards(from, linked, [...state.picture.nodes.keys()].flatMap(placed), direction);
    if (next === null) {
      this.#desk.say(`Nothing further ${direction}.`);
      return;
    }
    this.#deeds.walk(next, this.#keeps);
    this.#keeps = false;
  }
}
