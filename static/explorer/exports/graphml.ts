/* GraphML (http://graphml.graphdrawing.org/), as networkx, igraph, yEd and Gephi read it. */

import type { Content, ExportEdge, ExportNode } from "./content";
import { escaped } from "./xml";

type Type = "string" | "double" | "int" | "boolean";

const NODE_KEYS: readonly (readonly [keyof ExportNode, Type])[] = [
  ["label", "string"], ["kind", "string"], ["weight", "double"], ["year", "int"], ["level", "int"], ["community", "string"], ["url", "string"], ["x", "double"], ["y", "double"], ["size", "double"], ["colour", "string"],
]; // prettier-ignore
const EDGE_KEYS: readonly (readonly [keyof ExportEdge, Type])[] = [["kind", "string"], ["directed", "boolean"], ["weight", "double"], ["firstYear", "int"], ["lastYear", "int"], ["works", "string"]]; // prettier-ignore

function data(prefix: string, name: string, value: string | number | boolean | null): string {
  return value === null || value === "" ? "" : `<data key="${prefix}_${name}">${escaped(String(value))}</data>`;
}

/** Every edge is written with a direction, for few programs read mixed graphs; `directed` says whether it means anything. */
export function graphml({ title, nodes, edges }: Content): string {
  const keys = [
    ...NODE_KEYS.map(([name, type]) => `<key id="n_${name}" for="node" attr.name="${name}" attr.type="${type}"/>`),
    ...EDGE_KEYS.map(([name, type]) => `<key id="e_${name}" for="edge" attr.name="${name}" attr.type="${type}"/>`),
  ];
  const drawnNodes = nodes.map((node) => `<node id="${escaped(node.id)}">${NODE_KEYS.map(([name]) => data("n", name, node[name])).join("")}</node>`);
  const drawnEdges = edges.map((edge, number) => {
    const ends = `source="${escaped(edge.source)}" target="${escaped(edge.target)}"`;
    return `<edge id="e${number}" ${ends}>${EDGE_KEYS.map(([name]) => data("e", name, edge[name])).join("")}</edge>`;
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">',
    ...keys,
    `<graph id="G" edgedefault="directed"><desc>${escaped(title)}</desc>`,
    ...drawnNodes,
    ...drawnEdges,
    "</graph>",
    "</graphml>",
    "",
  ].join("\n");
}
