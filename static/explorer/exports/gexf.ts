/* GEXF by graphology-gexf, as Gephi reads it. */

import Graph from "graphology";
import write from "graphology-gexf/browser/writer.js";

import type { Content } from "./content";
import { legal } from "./xml";

function known(attributes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(attributes)
      .filter(([, value]) => value !== null && value !== "")
      .map(([name, value]) => [name, typeof value === "string" ? legal(value) : value]),
  );
}

/** The content as a graph. Every edge has a direction, for few programs read mixed graphs; `directed` says whether it means anything. */
export function graphOf({ title, nodes, edges }: Content): Graph {
  const graph = new Graph({ type: "directed", multi: true });
  graph.replaceAttributes({ title });
  for (const { id, ...attributes } of nodes) graph.addNode(id, known(attributes));
  for (const { id, source, target, ...attributes } of edges) graph.addDirectedEdgeWithKey(id, source, target, known(attributes));
  return graph;
}

export function gexf(content: Content): string {
  const graph = graphOf(content);
  return write(graph, {
    version: "1.2", // what networkx and older Gephi read
    formatNode: (_key, { label, x, y, size, colour, ...attributes }) => ({ label: String(label ?? ""), attributes, viz: { x: Number(x), y: Number(y), size: Number(size), color: String(colour) } }),
    formatEdge: (_key, { weight, kind, ...attributes }) => ({ label: String(kind), weight: Number(weight), attributes: { kind, ...attributes } }),
  });
}
