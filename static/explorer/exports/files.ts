/* Every file the picture can be taken away as. Loaded when the first one is asked for. */

import type { Stage } from "../scene/stage";
import type { Content } from "./content";
import { edgesCsv, nodesCsv } from "./csv";
import { gexf, graphOf } from "./gexf";
import { graphml } from "./graphml";
import { png, svg, textsOf, whole } from "./image";
import { graphologyJson, nodeLinkJson } from "./json";
import type { Format } from "./formats";

const TYPES: Readonly<Record<Format, string>> = {
  png: "image/png", svg: "image/svg+xml", gexf: "application/xml", graphml: "application/xml", graphology: "application/json", nodelink: "application/json", nodes: "text/csv", edges: "text/csv",
}; // prettier-ignore

const ENDINGS: Readonly<Record<Format, string>> = {
  png: ".png", svg: ".svg", gexf: ".gexf", graphml: ".graphml", graphology: ".graphology.json", nodelink: ".node-link.json", nodes: "-nodes.csv", edges: "-edges.csv",
}; // prettier-ignore

/** A name every file system takes: letters, digits and hyphens of the title. */
export function fileName(title: string, format: Format): string {
  const plainTitle = title
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60)
    .toLowerCase();
  return `${plainTitle || "picture"}${ENDINGS[format]}`;
}

async function bodyOf(format: Format, content: Content, stage: Stage): Promise<string | Blob> {
  switch (format) {
    case "png":
      return png(whole(stage.frame));
    case "svg":
      return svg(whole(stage.frame), textsOf(whole(stage.frame)), content.title);
    case "gexf":
      return gexf(content);
    case "graphml":
      return graphml(content);
    case "graphology":
      return graphologyJson(graphOf(content));
    case "nodelink":
      return nodeLinkJson(content);
    case "nodes":
      return nodesCsv(content);
    case "edges":
      return edgesCsv(content);
  }
}

/** Hand the picture to the reader as a file. */
export async function download(format: Format, content: Content, stage: Stage): Promise<string> {
  const body = await bodyOf(format, content, stage);
  const address = URL.createObjectURL(body instanceof Blob ? body : new Blob([body], { type: `${TYPES[format]};charset=utf-8` }));
  const name = fileName(content.title, format);
  const link = document.createElement("a");
  [link.href, link.download] = [address, name];
  link.click();
  // The browser has taken the address by then.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
  return name;
}
