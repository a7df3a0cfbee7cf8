/* One step of ForceAtlas2 on flat matrices; the package types only its whole-graph door. */
declare module "graphology-layout-forceatlas2/iterate.js" {
  interface Settings {
    linLogMode: boolean;
    outboundAttractionDistribution: boolean;
    adjustSizes: boolean;
    edgeWeightInfluence: number;
    scalingRatio: number;
    strongGravityMode: boolean;
    gravity: number;
    slowDown: number;
    barnesHutOptimize: boolean;
    barnesHutTheta: number;
  }
  export default function iterate(settings: Settings, nodes: Float32Array, edges: Float32Array): unknown;
}

/* The writer alone: the package's own door brings its parser along. */
declare module "graphology-gexf/browser/writer.js" {
  const write: typeof import("graphology-gexf/browser").write;
  export default write;
}
