import { describe, expect, test } from "vitest";

import { contentOf } from "../../../../static/explorer/exports/content";
import { cell, edgesCsv, nodesCsv } from "../../../../static/explorer/exports/csv";
import { fileName } from "../../../../static/explorer/exports/files";
import { gexf, graphOf } from "../../../../static/explorer/exports/gexf";
import { graphml } from "../../../../static/explorer/exports/graphml";
import { svg } from "../../../../static/explorer/exports/image";
import { graphologyJson, nodeLinkJson } from "../../../../static/explorer/exports/json";
import { escaped } from "../../../../static/explorer/exports/xml";
import { lookOf } from "../../../../static/explorer/reducers/appearance";
import { reduce } from "../../../../static/explorer/state/actions";
import type { State } from "../../../../static/explorer/state/state";
import { visibleOf } from "../../../../static/explorer/state/visible";
import { around13, expanded, loaded, node, palette } from "../example";

const ORIGIN = "https://portal.example";

/** Every node in a place of its own. */
function placed(state: State): State {
  const places = new Map([...state.picture!.nodes.keys()].map((id, i) => [id, { x: 10 * i, y: -5 * i }]));
  return reduce(state, { type: "placed", places });
}

const states: [string, State][] = [
  ["as loaded", placed(loaded())],
  ["expanded, works hidden, one selected", reduce(reduce(placed(expanded()), { type: "toggleKind", kind: "work" }), { type: "select", nodes: ["work:7"] })],
  ["filtered and pointed at", reduce(reduce(placed(expanded()), { type: "filter", filters: { from: 2020 } }), { type: "hover", node: "topic:3" })],
];

describe.each(states)("an export %s", (_, state) => {
  const content = contentOf(state, palette, ORIGIN);
  const visible = visibleOf(state);
  const [nodes, edges] = [[...visible.nodes].sort(), visible.edges.map((edge) => edge.key).sort()];

  test("holds exactly the nodes and edges of the picture", () => {
    expect(content.nodes.map((one) => one.id).sort()).toEqual(nodes);
    expect(content.edges.map((one) => one.id).sort()).toEqual(edges);
  });

  test("is the same in every format", () => {
    const graph = graphOf(content);
    expect([graph.nodes().sort(), graph.edges().sort()]).toEqual([nodes, edges]);
    const json = JSON.parse(graphologyJson(graph)) as { nodes: { key: string }[]; edges: { key: string }[] };
    expect([json.nodes.map((one) => one.key).sort(), json.edges.map((one) => one.key).sort()]).toEqual([nodes, edges]);
    const links = JSON.parse(nodeLinkJson(content)) as { nodes: { id: string }[]; links: { key: string }[] };
    expect([links.nodes.map((one) => one.id).sort(), links.links.map((one) => one.key).sort()]).toEqual([nodes, edges]);
    for (const xml of [graphml(content), gexf(content)]) expect([xml.match(/<node /g)?.length ?? 0, xml.match(/<edge /g)?.length ?? 0]).toEqual([nodes.length, edges.length]);
    expect([nodesCsv(content).trimEnd().split("\r\n").length - 1, edgesCsv(content).trimEnd().split("\r\n").length - 1]).toEqual([nodes.length, edges.length]);
  });

  test("has the colours of the picture, not those dimmed by pointing", () => {
    expect(content.nodes.find((one) => one.kind === "researcher")?.colour).toBe(palette.kinds.researcher);
  });
});

describe("the files pinned for networkx and igraph", () => {
  const content = contentOf(placed(loaded()), palette, ORIGIN);

  test("GraphML", async () => {
    await expect(graphml(content)).toMatchFileSnapshot("../../../shapes/picture.graphml");
  });

  test("GEXF", async () => {
    await expect(gexf(content)).toMatchFileSnapshot("../../../shapes/picture.gexf");
  });

  test("node-link JSON", async () => {
    await expect(nodeLinkJson(content)).toMatchFileSnapshot("../../../shapes/picture.node-link.json");
  });
});

describe("cells of a spreadsheet", () => {
  test.each([
    ['=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
    ["+1", `"'+1"`],
    ["-1+2", `"'-1+2"`],
    ["@SUM(A1)", `"'@SUM(A1)"`],
    ["\tx", `"'\tx"`],
    ["\r=x", `"'\r=x"`],
    ["  =x", `"'  =x"`],
    ["＝x", `"'＝x"`],
    ["a,b", '"a,b"'],
    ["a\nb", '"a\nb"'],
    ["plain – text", "plain – text"],
    [-3, "-3"],
    [null, ""],
  ])("%j is written %s", (value, text) => {
    expect(cell(value)).toBe(text);
  });
});

describe("hostile labels", () => {
  const label = `</title><script>alert("1")</script> & 'x' \u0000\u0007\ud800 ]]>`;
  const state = placed(reduce(loaded(), { type: "expand", node: "researcher:13", slice: { ...around13, nodes: [node("work:66", { label })] } }));
  const content = contentOf(state, palette, ORIGIN);

  test("are text in XML, without what XML cannot hold", () => {
    for (const xml of [graphml(content), gexf(content)]) {
      expect(xml).not.toContain("<script");
      expect(xml).not.toMatch(/[\u0000-\u0008\ud800-\udfff]/);
    }
    expect(escaped('<a href="x">&\'')).toBe("&lt;a href=&quot;x&quot;&gt;&amp;&apos;");
  });

  test("are text in a drawing", () => {
    const look = lookOf(state, palette);
    const drawing = svg({ look, places: state.places, view: { x: 0, y: 0, k: 1 }, size: { width: 300, height: 200 }, palette, growth: 1, margin: { x: 0, y: 0 } }, [], label);
    expect(drawing).not.toContain("<script");
    expect(drawing.match(/<line /g)).toHaveLength(look.edges.length);
    expect(drawing.match(/<g>/g)).toHaveLength(look.nodes.length);
  });
});

test.each([
  ["Liu Ziyin", "png", "liu-ziyin.png"],
  ["Ångström / ../../etc", "nodes", "angstrom-etc-nodes.csv"],
  ["李明", "graphology", "picture.graphology.json"],
] as const)("the file of %s is named for it", (title, format, name) => {
  expect(fileName(title, format)).toBe(name);
});
