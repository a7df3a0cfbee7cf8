import { describe, expect, test } from "vitest";

import type { Arranger } from "../../../../static/explorer/acting/arranging";
import { Deeds } from "../../../../static/explorer/acting/deeds";
import type { Desk } from "../../../../static/explorer/acting/desk";
import { Keys } from "../../../../static/explorer/acting/keys";
import type { Loader } from "../../../../static/explorer/acting/loading";
import { Store, reduce } from "../../../../static/explorer/state/actions";
import { visibleOf } from "../../../../static/explorer/state/visible";
import { loaded } from "../example";

/** The focus in the middle, one node on each side. */
const PLACES = new Map([["researcher:12", { x: 0, y: 0 }], ["researcher:13", { x: 100, y: 0 }], ["work:7", { x: -100, y: 0 }], ["work:8", { x: 0, y: 100 }], ["topic:3", { x: -200, y: -60 }], ["institution:5", { x: 0, y: -100 }]]); // prettier-ignore

function made(): { press: (...keys: string[]) => boolean[]; store: Store; said: string[]; called: string[] } {
  const [said, called]: [string[], string[]] = [[], []];
  const store = new Store(reduce(loaded(), { type: "placed", places: PLACES }));
  const stage = { reveal: () => undefined, fit: () => called.push("fit"), zoom: (by: number) => called.push(by > 1 ? "in" : "out"), pan: (x: number, y: number) => called.push(`pan ${x} ${y}`), places: PLACES, isMoved: false };
  const desk = { root: {}, options: { pathUrl: "/path/", embedded: false }, store, stage, ended: new AbortController().signal, say: (words: string) => said.push(words) } as unknown as Desk;
  const loader = { expand: (id: string) => Promise.resolve(called.push(`expand ${id}`)), connect: (a: string, b: string) => Promise.resolve(called.push(`connect ${a} ${b}`) > 0) } as unknown as Loader;
  const deeds = new Deeds(desk, { arrange: () => Promise.resolve(called.push("arrange")) } as unknown as Arranger, loader);
  const keys = new Keys(desk, deeds, { help: () => called.push("help"), find: () => called.push("find") });
  const press = (...names: string[]): boolean[] =>
    names.map((name) => {
      let taken = false;
      const [key = "", ...held] = name.split("+").reverse();
      const event = { key: key === "" ? "+" : key, shiftKey: held.includes("Shift"), ctrlKey: held.includes("Control"), metaKey: false, altKey: held.includes("Alt"), preventDefault: () => (taken = true), stopPropagation: () => undefined };
      keys.onPicture(event as unknown as KeyboardEvent);
      return taken;
    });
  return { press, store, said, called };
}

describe("arrow keys", () => {
  test("begin at the focus and walk along relations", () => {
    const { press, store, said } = made();
    press("ArrowRight");
    expect(store.state.selected).toEqual(["researcher:12"]);
    press("ArrowRight");
    expect(store.state.selected).toEqual(["researcher:13"]);
    expect(said.at(-1)).toBe("Takashi Mori. Researcher, 4 works, 2 relations drawn.");
    press("ArrowRight");
    expect(said.at(-1)).toBe("Nothing further right.");
    press("ArrowLeft", "ArrowDown");
    expect(store.state.selected).toEqual(["work:8"]);
  });

  test("after Space add the next record to the selection, then move the last one on", () => {
    const { press, store } = made();
    press("ArrowRight", " ", "ArrowRight");
    expect(store.state.selected).toEqual(["researcher:12", "researcher:13"]);
    press("ArrowLeft", "ArrowLeft");
    expect(store.state.selected.at(-1)).toBe("work:7");
  });

  test("with Shift move the picture", () => {
    const { press, called } = made();
    press("Shift+ArrowLeft", "Shift+ArrowDown");
    expect(called).toEqual(["pan 80 0", "pan 0 -80"]);
  });
});

describe("keys", () => {
  test("hide what is selected, undo and do again", () => {
    const { press, store, said } = made();
    press("h");
    expect(said.at(-1)).toBe("Select a record first.");
    press("ArrowRight", "ArrowRight", "h");
    expect(visibleOf(store.state).nodes.has("researcher:13")).toBe(false);
    press("u");
    expect(visibleOf(store.state).nodes.has("researcher:13")).toBe(true);
    press("Control+y");
    expect(visibleOf(store.state).nodes.has("researcher:13")).toBe(false);
    press("Control+z", "Control+z");
    expect(store.state.selected).toEqual([]);
  });

  test("never hide the focus", () => {
    const { press, store, said } = made();
    press("ArrowRight", "h");
    expect([visibleOf(store.state).nodes.has("researcher:12"), said.at(-1)]).toEqual([true, "The record in the middle cannot be hidden."]);
  });

  test("expand, arrange, find, zoom, fit and ask for help", () => {
    const { press, called } = made();
    press("e", "l", "/", "+", "-", "0", "?");
    expect(called).toEqual(["expand researcher:12", "arrange", "find", "in", "out", "fit", "help"]);
  });

  test("connect the two selected, or the focus with the one selected", () => {
    const { press, called, said } = made();
    press("b");
    expect(said.at(-1)).toBe("Select two researchers, or two works, to see how they are connected.");
    press("ArrowRight", "ArrowRight", "b");
    expect(called).toEqual(["connect researcher:12 researcher:13"]);
  });

  test("hold a record in place, freeze and release the picture", () => {
    const { press, store, called, said } = made();
    press("ArrowRight", "ArrowRight", "p", "g", "l");
    expect([[...store.state.pinned], store.state.frozen, called]).toEqual([[["researcher:13", { x: 100, y: 0 }]], true, []]);
    expect(said.at(-1)).toBe("The picture is frozen. Release it to arrange it anew.");
    press("p", "g");
    expect([store.state.pinned.size, store.state.frozen]).toEqual([0, false]);
  });

  test("that mean nothing here are left to the page", () => {
    const { press } = made();
    expect(press("Enter", "Escape", "q", "Alt+e", "Control+f", "Tab")).toEqual([false, false, false, false, false, false]);
  });
});
