import { describe, expect, test } from "vitest";

import { type Change, reduce } from "../../../../static/explorer/state/actions";
import { type History, popped, pushed } from "../../../../static/explorer/state/history";
import type { Picture } from "../../../../static/explorer/state/picture";
import { type Chosen, type State, chosenOf } from "../../../../static/explorer/state/state";
import { around13, loaded, node } from "../example";

const beyond = Array.from({ length: 40 }, (_, i) => node(`work:${100 + i}`));
const elsewhere = { ...around13, nodes: [node("topic:88"), node("topic:89")], edges: [] };
const at = (ids: Iterable<string>, x: number): Map<string, { x: number; y: number }> => new Map([...ids].map((id, y) => [id, { x, y }]));

/** Expansions, a collapse in the middle of them, choices between. */
const changes: Change[] = [
  { type: "expand", node: "researcher:13", slice: around13, places: at(["work:7", "work:8", "work:9"], 1) },
  { type: "select", nodes: ["work:9"] },
  { type: "expand", node: "topic:3", slice: { ...around13, nodes: beyond, edges: [] }, places: at(["work:9", "work:7", "work:8"], 2) },
  { type: "expand", node: "work:7", slice: elsewhere },
  { type: "colour", colour: "year" },
  { type: "collapse", node: "topic:3" },
  { type: "pin", node: "work:7", at: { x: 9, y: 9 } },
  { type: "collapse", node: "researcher:13" },
];

/** Everything in its order: maps and sets as lists. */
function ordered(chosen: Chosen): unknown {
  const { picture, places } = chosen;
  return { ...chosen, places: [...places], picture: picture && { ...picture, nodes: [...picture.nodes], edges: [...picture.edges] } };
}

const states = changes.reduce<State[]>((all, change) => [...all, reduce(all.at(-1)!, change)], [loaded()]);

/** The pictures that a history holds whole. */
function wholes(history: History): Picture[] {
  return history.flatMap(({ chosen }) => (!("rest" in chosen) && chosen.picture ? [chosen.picture] : []));
}

describe("a history", () => {
  test("gives back every step as it was, records and places in their order", () => {
    let state = states.at(-1)!;
    for (const earlier of [...states].reverse().slice(1)) {
      state = reduce(state, { type: "undo" });
      expect(ordered(chosenOf(state))).toEqual(ordered(chosenOf(earlier)));
    }
    for (const later of states.slice(1)) {
      state = reduce(state, { type: "redo" });
      expect(ordered(chosenOf(state))).toEqual(ordered(chosenOf(later)));
    }
  });

  test("gives back places as the layout had left them by then", () => {
    const arranged = reduce(states[1]!, { type: "placed", places: at(["work:8", "work:7"], 5) });
    const back = reduce(reduce(reduce(arranged, changes[2]!), changes[4]!), { type: "undo" });
    expect([...reduce(back, { type: "undo" }).places]).toEqual([...arranged.places]);
  });

  test("holds one picture whole, however many there were", () => {
    const { past } = states.at(-1)!;
    expect(past).toHaveLength(changes.length);
    expect(wholes(past)).toHaveLength(1);
    expect(wholes(reduce(states.at(-1)!, { type: "undo" }).past)).toHaveLength(1);
  });

  test("has of a step no more than what differs from the next: a record is held where it was taken away", () => {
    const held = states.at(-1)!.past.map((step) => JSON.stringify(step).match(/Label of work:1\d\d/g)?.length ?? 0);
    expect(held).toEqual([0, 0, 0, 0, 0, 40, 0, 0]); // before the collapse of what brought them
  });

  test("shares a picture that a step did not change", () => {
    const back = reduce(states[5]!, { type: "undo" });
    expect(back.picture).toBe(states[4]!.picture);
  });

  test("without steps has none to give", () => {
    expect(popped([])).toBeNull();
    expect(popped(pushed([], chosenOf(loaded()), "a first"))?.rest).toEqual([]);
  });
});
