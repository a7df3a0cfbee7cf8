import { afterEach, describe, expect, test, vi } from "vitest";

import answer from "../../../shapes/slice.json";
import { expansionAddress, firstSlice } from "../../../../static/explorer/client/api";

const never = new AbortController().signal;

function portalAnswers(response: Response | Error): ReturnType<typeof vi.fn> {
  const fetched = vi.fn(() => (response instanceof Error ? Promise.reject(response) : Promise.resolve(response)));
  vi.stubGlobal("fetch", fetched);
  return fetched;
}

afterEach(() => vi.unstubAllGlobals());

test("an expansion names what is drawn, within the length an address may have", () => {
  expect(expansionAddress("/s/", "work:1", ["work:1", "topic:2", "work:3"])).toBe("/s/?focus=work:1&limit=24&known=topic:2,work:1,3");
  const long = expansionAddress(
    "/s/",
    "work:1",
    Array.from({ length: 1_000 }, (_, i) => `researcher:${i + 100_000}`),
  );
  expect(long.length).toBeLessThan(3_100);
  expect(long.endsWith(",")).toBe(false);
});

describe("asking", () => {
  test("gives the slice", async () => {
    const fetched = portalAnswers(Response.json(answer));
    const slice = await firstSlice("/api/v1/graph/slice/", "researcher:12", { limit: 110 }, never);
    expect(fetched.mock.calls[0]?.[0]).toBe("/api/v1/graph/slice/?focus=researcher:12&limit=110");
    expect(slice.nodes).toHaveLength(6);
  });

  test.each([
    [new Response("", { status: 404 }), "This record is not in the portal any more.", false],
    [new Response("", { status: 429 }), "Too many questions at once. Wait a moment, then try again.", true],
    [new Response("", { status: 503 }), "The portal could not work this out just now.", true],
    [new Response("", { status: 400 }), "The portal did not accept this question.", false],
    [new Response("<html>"), "The portal's answer could not be read.", true],
    [Response.json({ focus: 1 }), "The portal's answer could not be read (focus is not a text).", false],
    [new TypeError("network"), "The portal cannot be reached.", true],
  ])("a failure is a sentence (%#)", async (response, message, again) => {
    vi.stubGlobal("navigator", { onLine: true });
    portalAnswers(response);
    await expect(firstSlice("/s/", "work:1", { limit: 10 }, never)).rejects.toMatchObject({ message, again });
  });

  test("offline says that what is drawn stays", async () => {
    vi.stubGlobal("navigator", { onLine: false });
    portalAnswers(new TypeError("network"));
    await expect(firstSlice("/s/", "work:1", { limit: 10 }, never)).rejects.toMatchObject({ message: "You are offline. What is drawn stays here.", again: true });
  });
});
