/* The files on offer, by name. */

export const FORMATS = {
  png: "Image (PNG)",
  svg: "Drawing (SVG)",
  gexf: "Gephi (GEXF)",
  graphml: "GraphML",
  graphology: "JSON, graphology",
  nodelink: "JSON, node-link",
  nodes: "Records (CSV)",
  edges: "Relations (CSV)",
} as const;

export type Format = keyof typeof FORMATS;
