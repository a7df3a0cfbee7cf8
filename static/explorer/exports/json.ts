/* JSON in two dialects: graphology's own, and node-link as networkx and d3 read it. */

import type Graph from "graphology";

import type { Content } from "./content";

export function graphologyJson(graph: Graph): string {
  return JSON.stringify(graph.export(), null, 1);
}

/** networkx.node_link_graph(data, edges="links"): a directed multigraph, each edge saying whether it has a direction. */
export function nodeLinkJson({ title, nodes, edges }: Content): string {
  const links = edges.map(({ id, ...edge }) => ({ ...edge, key: id }));
  return JSON.stringify({ directed: true, multigraph: true, graph: { title }, nodes, links }, null, 1);
}
