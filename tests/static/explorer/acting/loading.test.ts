import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import answer from "../../../shapes/slice.json";
import path from "../../../shapes/path.json";
import type { Arranger } from "../../../../static/explorer/acting/arranging";
import type { Desk } from "../../../../static/explorer/acting/desk";
import { Loader } from "../../../../static/explorer/acting/loading";
import { readAddress } from "../../../../static/explorer/client/address";
import { firstSlice } from "../../../../static/explorer/client/api";
import { Store } from "../../../../static/explorer/state/actions";
import { startState } from "../../../../static/explorer/state/state";

const record = (id: string): object => ({ id, kind: id.split(":")[0], label: `New ${id}`, weight: 1, url: "/x/", x: 0, y: 0 });
const around = (focus: string, ...ids: string[]): object => ({ focus, nodes: ids.map(record), edges: ids.map((id) => ({ source: focus, target: id, kind: "authored", weight: 1 })), truncated: {} });

/** The answers of the portal by what an address holds; each is asked for once. */
let answers: [string, () => Response | Promise<Response>][] = [];
let asked: string[] = [];

beforeEach(() => {
  [answers, asked] = [[], []];
  vi.stubGlobal("navigator", { onLine: true });
  vi.stubGlobal("location", { search: "" });
  vi.stubGlobal("fetch", (address: string) => {
    asked.push(address);
    const found = answers.find(([part]) => address.includes(part));
    return found ? Promise.resolve(found[1]()) : Promise.reject(new TypeError("no answer"));
  });
});

afterEach(() => vi.unstubAllGlobals());

function made(): { loader: Loader; store: Store; said: string[]; settled: string[] } {
  const [said, settled]: [string[], string[]] = [[], []];
  const store = new Store(startState("researcher:12"));
  const ended = new AbortController().signal;
  const stage = { place: () => undefined, fit: () => undefined, flush: () => undefined };
  const options = { focus: "researcher:12", sliceUrl: "/slice/", exploreUrl: "/explore/", pathUrl: "/path/", embedded: true, limit: 9 };
  const desk = { root: {}, options, store, stage, ended, say: (words: string) => said.push(words) } as unknown as Desk;
  const arranger = { arrange: () => Promise.resolve(), settle: (node: string) => Promise.resolve(settled.push(node)) } as unknown as Arranger;
  const early = { focus: "researcher:12", slice: firstSlice("/slice/", "researcher:12", { limit: 9 }, ended) };
  early.slice.catch(() => undefined);
  return { loader: new Loader(desk, arranger, early), store, said, settled };
}

describe("opening", () => {
  test("asks for the first slice once and draws it", async () => {
    answers = [["focus=researcher:12", () => Response.json(answer)]];
    const { loader, store } = made();
    await loader.open();
    expect(asked).toEqual(["/slice/?focus=researcher:12&limit=9"]);
    expect([store.state.picture?.nodes.size, store.state.progress.is, store.state.places.size]).toEqual([6, "idle", 6]);
  });

  test("goes through the steps of an address and draws what can be had when one fails", async () => {
    answers = [
      ["focus=researcher:12", () => Response.json(answer)],
      ["focus=researcher:13", () => new Response("", { status: 503 })],
      ["focus=topic:77", () => Response.json(around("topic:77", "topic:77", "work:70"))],
      ["/path/", () => Response.json(path)],
    ];
    const { loader, store } = made();
    await loader.open(readAddress("?focus=researcher:12&expanded=researcher:13,topic:77&path=researcher:12~researcher:14&colour=year&selected=work:70"));
    const { picture, way, colour, selected } = store.state;
    expect([picture?.nodes.has("topic:77"), picture?.nodes.has("work:70"), picture?.nodes.has("researcher:14")]).toEqual([true, true, true]);
    expect([way?.nodes, colour, selected]).toEqual([["researcher:12", "researcher:13", "researcher:14"], "year", ["work:70"]]);
  });

  test("says why nothing could be drawn, and draws it when asked again", async () => {
    const { loader, store, said } = made();
    await loader.open();
    expect(store.state.progress).toMatchObject({ is: "failed", reason: "The portal cannot be reached." });
    expect(said).toEqual(["The portal cannot be reached."]);
    answers = [["focus=researcher:12", () => Response.json(answer)]];
    loader.retry();
    await vi.waitFor(() => expect(store.state.picture?.nodes.size).toBe(6));
  });
});

describe("expanding", () => {
  test("adds what is new, names what is known and tells how many came", async () => {
    answers = [["focus=researcher:12", () => Response.json(answer)], ["focus=researcher:13", () => Response.json(around("researcher:13", "work:70"))]]; // prettier-ignore
    const { loader, store, said, settled } = made();
    await loader.open();
    await loader.expand("researcher:13");
    expect(asked[1]).toContain("known=institution:5,researcher:12,13,topic:3,work:7,8");
    expect([store.state.picture?.nodes.get("work:70")?.parent, store.state.selected, settled]).toEqual(["researcher:13", ["researcher:13"], ["researcher:13"]]);
    expect(said.at(-1)).toBe("1 record added around Takashi Mori.");
  });

  test("asks the same whatever is filtered, so that a link opens the same picture, and tells what the filters keep away", async () => {
    answers = [["focus=researcher:12", () => Response.json(answer)], ["focus=researcher:13", () => Response.json(around("researcher:13", "work:70"))]]; // prettier-ignore
    const { loader, store, said } = made();
    await loader.open();
    store.dispatch({ type: "filter", filters: { from: 2019, weight: 2, topic: "topic:3" } });
    await loader.expand("researcher:13", "work");
    expect(asked[1]).toBe("/slice/?focus=researcher:13&limit=24&kinds=work&known=institution:5,researcher:12,13,topic:3,work:7,8");
    expect(said.at(-1)).toBe("1 record added around Takashi Mori, 1 of them filtered out.");
    expect(store.state.picture?.expanded).toEqual(["researcher:13~work"]);
  });

  test("that fails keeps what is drawn, and the same is asked again", async () => {
    answers = [["focus=researcher:12", () => Response.json(answer)], ["focus=researcher:13", () => new Response("", { status: 503 })]]; // prettier-ignore
    const { loader, store } = made();
    await loader.open();
    await loader.expand("researcher:13");
    expect([store.state.picture?.nodes.size, store.state.progress.is]).toEqual([6, "failed"]);
    answers[1] = ["focus=researcher:13", () => Response.json(around("researcher:13", "work:70"))];
    loader.retry();
    await vi.waitFor(() => expect(store.state.picture?.nodes.has("work:70")).toBe(true));
    expect(store.state.progress.is).toBe("idle");
  });

  test("overtaken by another question leaves no trace", async () => {
    let answerLate: (response: Response) => void = () => undefined;
    answers = [
      ["focus=researcher:12", () => Response.json(answer)],
      ["focus=researcher:13", () => new Promise<Response>((done) => (answerLate = done))],
      ["focus=work:7", () => Response.json(around("work:7", "work:71"))],
    ];
    const { loader, store } = made();
    await loader.open();
    const late = loader.expand("researcher:13");
    await loader.expand("work:7");
    answerLate(Response.json(around("researcher:13", "work:70")));
    await late;
    expect([store.state.picture?.nodes.has("work:71"), store.state.picture?.nodes.has("work:70")]).toEqual([true, false]);
  });
});

describe("connecting", () => {
  test("says honestly that there is no way", async () => {
    const none = { from: "researcher:12", to: "researcher:14", length: null, nodes: [], edges: [], alternatives: [], searched: 6, reason: "none_within", detail: "There is no path of this many steps or fewer." };
    answers = [["focus=researcher:12", () => Response.json(answer)], ["/path/", () => Response.json(none)]]; // prettier-ignore
    const { loader, store } = made();
    await loader.open();
    expect(await loader.connect("researcher:12", "researcher:14")).toBe(false);
    expect(store.state.progress).toMatchObject({ is: "failed", reason: none.detail, again: false });
    expect(store.state.way).toBeNull();
  });

  test("draws who stands between, past those who are to be avoided", async () => {
    answers = [["focus=researcher:12", () => Response.json(answer)], ["/path/", () => Response.json(path)]]; // prettier-ignore
    const { loader, store, said } = made();
    await loader.open();
    expect(await loader.connect("researcher:12", "researcher:14", ["researcher:9"])).toBe(true);
    expect(asked[1]).toBe("/path/?from=researcher:12&to=researcher:14&avoid=researcher:9");
    expect(store.state.way?.edges).toEqual(["researcher:12 collaborated researcher:13", "researcher:13 collaborated researcher:14"]);
    expect(said.at(-1)).toBe("2 steps from Liu Ziyin to Masahito Ueda: Liu Ziyin, Takashi Mori, Masahito Ueda.");
  });
});
