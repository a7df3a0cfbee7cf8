import { describe, expect, test } from "vitest";

import { readAddress, writeAddress } from "../../../../static/explorer/client/address";
import { reduce } from "../../../../static/explorer/state/state";
import { expanded, loaded } from "../example";

describe("an address", () => {
  test("opens again what it was written from", () => {
    const hidden = reduce(expanded(), { type: "toggleKind", kind: "topic" });
    const state = reduce(reduce(hidden, { type: "select", node: "work:9" }), { type: "show", shown: "table" });
    const address = writeAddress(state);
    expect(address).toBe("?focus=researcher:12&expanded=researcher:13&hidden=topic&selected=work:9&view=table");
    expect(readAddress(address)).toEqual({ focus: "researcher:12", expanded: ["researcher:13"], hidden: ["topic"], selected: "work:9", shown: "table" });
  });

  test("of a plain picture is the focus alone", () => {
    expect(writeAddress(loaded())).toBe("?focus=researcher:12");
  });

  test("with kinds names what is shown", () => {
    expect(readAddress("?focus=researcher:1&kinds=researcher").hidden).toEqual(["work", "topic", "institution"]);
  });

  test.each(["?focus=planet:1", "?focus=work:0", "?focus=work:1%20OR%201", "?focus=work:99999999999999999999", "?focus=", ""])("%s has no focus", (query) => {
    expect(readAddress(query).focus).toBeNull();
  });

  test("leaves out what makes no sense", () => {
    expect(readAddress("?focus=work:1&expanded=work:2,,x,work:2&hidden=planet,work&selected=me&view=cube")).toEqual({
      focus: "work:1",
      expanded: ["work:2"],
      hidden: ["work"],
      selected: null,
      shown: "picture",
    });
  });

  test("is bounded in its expansions", () => {
    const many = Array.from({ length: 100 }, (_, i) => `work:${i + 1}`).join(",");
    expect(readAddress(`?focus=work:1&expanded=${many}`).expanded).toHaveLength(24);
  });
});
