/* Nodes and edges by sigma.js (WebGL). Sigma draws; its labels, pointer and layout of the view are switched off. */

import Graph from "graphology";
import Sigma from "sigma";
import { EdgeRectangleProgram, NodeProgram, type ProgramInfo } from "sigma/rendering";
import type { NodeDisplayData, RenderParams } from "sigma/types";
import { floatColor } from "sigma/utils";

import type { Shape } from "../reducers/shapes";
import type { View } from "./camera";
import type { Frame, Scene } from "./scene";

const UNIFORMS = ["u_sizeRatio", "u_correctionRatio", "u_matrix"] as const;
const SHAPE_NUMBER: Readonly<Record<Shape, number>> = { circle: 0, square: 1, diamond: 2, triangle: 3 };
const REACH = 1.7; // the triangle's corner, in radii
const { FLOAT, UNSIGNED_BYTE, TRIANGLES } = WebGL2RenderingContext;

const VERTEX = /* glsl */ `
attribute vec4 a_id;
attribute vec4 a_color;
attribute vec2 a_position;
attribute float a_size;
attribute float a_shape;
attribute vec2 a_corner;
uniform mat3 u_matrix;
uniform float u_sizeRatio;
uniform float u_correctionRatio;
varying vec4 v_color;
varying vec2 v_offset;
varying float v_shape;
varying float v_blur;
const float bias = 255.0 / 254.0;
void main() {
  float radius = a_size * u_correctionRatio / u_sizeRatio * 2.0;
  vec2 offset = a_corner * ${REACH.toFixed(2)};
  gl_Position = vec4((u_matrix * vec3(a_position + offset * radius, 1)).xy, 0, 1);
  v_offset = offset;
  v_shape = a_shape;
  v_blur = u_correctionRatio * 1.4 / max(radius, 0.000001);
  #ifdef PICKING_MODE
  v_color = a_id;
  #else
  v_color = a_color;
  #endif
  v_color.a *= bias;
}`;

const FRAGMENT = /* glsl */ `
precision highp float;
varying vec4 v_color;
varying vec2 v_offset;
varying float v_shape;
varying float v_blur;
float outside(vec2 p) {
  if (v_shape < 0.5) return length(p) - 1.0;
  if (v_shape < 1.5) return max(abs(p.x), abs(p.y)) - 0.886;
  if (v_shape < 2.5) return (abs(p.x) + abs(p.y) - 1.253) * 0.7071;
  return max(-p.y - 0.7775, abs(p.x) * 0.866 + p.y * 0.5 - 0.7775);
}
void main() {
  float distance = outside(v_offset);
  #ifdef PICKING_MODE
  if (distance > 0.0) discard;
  gl_FragColor = v_color;
  #else
  gl_FragColor = mix(v_color, vec4(0.0), smoothstep(-v_blur, 0.0, distance));
  #endif
}`;

interface ShapedData extends NodeDisplayData {
  readonly shape: number;
}

/** All four shapes in one program: one compilation, one draw call. */
class ShapeProgram extends NodeProgram<(typeof UNIFORMS)[number]> {
  override getDefinition() {
    return {
      VERTICES: 6,
      VERTEX_SHADER_SOURCE: VERTEX,
      FRAGMENT_SHADER_SOURCE: FRAGMENT,
      METHOD: TRIANGLES as 4,
      UNIFORMS,
      ATTRIBUTES: [
        { name: "a_position", size: 2, type: FLOAT },
        { name: "a_size", size: 1, type: FLOAT },
        { name: "a_shape", size: 1, type: FLOAT },
        { name: "a_color", size: 4, type: UNSIGNED_BYTE, normalized: true },
        { name: "a_id", size: 4, type: UNSIGNED_BYTE, normalized: true },
      ],
      CONSTANT_ATTRIBUTES: [{ name: "a_corner", size: 2, type: FLOAT }],
      CONSTANT_DATA: [[-1, -1], [1, -1], [1, 1], [-1, -1], [1, 1], [-1, 1]], // prettier-ignore
    };
  }

  override processVisibleItem(index: number, offset: number, data: ShapedData): void {
    const array = this.array;
    array[offset] = data.x;
    array[offset + 1] = data.y;
    array[offset + 2] = data.size;
    array[offset + 3] = data.shape;
    array[offset + 4] = floatColor(data.color);
    array[offset + 5] = index;
  }

  override setUniforms(params: RenderParams, { gl, uniformLocations }: ProgramInfo<(typeof UNIFORMS)[number]>): void {
    gl.uniform1f(uniformLocations.u_sizeRatio, params.sizeRatio);
    gl.uniform1f(uniformLocations.u_correctionRatio, params.correctionRatio);
    gl.uniformMatrix3fv(uniformLocations.u_matrix, false, params.matrix);
  }
}

const FEATHER = 0.9; // sigma fades a line's edges inwards; this much is lost
const BOX = 1000; // sigma's camera is set against this fixed square of the plane

export class WebGLScene implements Scene {
  readonly name = "webgl";
  readonly pen = null;
  readonly #graph = new Graph({ type: "directed", multi: true });
  readonly #sigma: Sigma;
  #drawn: Frame | null = null;

  constructor(holder: HTMLElement) {
    this.#sigma = new Sigma(this.#graph, holder, {
      allowInvalidContainer: true,
      renderLabels: false,
      enableEdgeEvents: false,
      stagePadding: 0,
      minEdgeThickness: 1.1,
      zIndex: true,
      minCameraRatio: null,
      maxCameraRatio: null,
      zoomToSizeRatioFunction: () => 1, // sizes come in pixels
      defaultNodeType: "shape",
      defaultEdgeType: "line",
      nodeProgramClasses: { shape: ShapeProgram },
      nodeHoverProgramClasses: {},
      edgeProgramClasses: { line: EdgeRectangleProgram },
    });
    // The camera obeys us alone.
    this.#sigma.getMouseCaptor().enabled = false;
    this.#sigma.getTouchCaptor().enabled = false;
    this.#sigma.setCustomBBox({ x: [-BOX, BOX], y: [-BOX, BOX] });
    for (const canvas of holder.querySelectorAll("canvas")) canvas.setAttribute("aria-hidden", "true");
  }

  resize(): void {
    this.#sigma.resize(true);
  }

  draw(frame: Frame): void {
    const before = this.#drawn;
    const sameLook = before?.look === frame.look && before.growth === frame.growth && before.palette === frame.palette;
    const samePlaces = before?.places === frame.places;
    this.#drawn = frame;
    this.#look(frame.view);
    if (!sameLook) this.#take(frame);
    else if (!samePlaces) this.#move(frame);
    // At once, not on the next frame: labels are drawn in this one.
    if (sameLook && samePlaces) this.#sigma.refresh({ partialGraph: { nodes: [], edges: [] }, skipIndexation: true, schedule: false });
    else this.#sigma.refresh({ schedule: false });
  }

  /** The camera whose picture equals `view`; sigma says itself how large a unit is at its ratio 1, and turns y up. */
  #look(view: View): void {
    const camera = { x: 0.5, y: 0.5, angle: 0, ratio: 1 };
    const [from, to] = [0, BOX].map((x) => this.#sigma.graphToViewport({ x, y: 0 }, { cameraState: camera }).x);
    const unit = ((to ?? 0) - (from ?? 0)) / BOX;
    this.#sigma.getCamera().setState({ x: 0.5 + view.x / (2 * BOX), y: 0.5 - view.y / (2 * BOX), ratio: unit / view.k, angle: 0 });
  }

  #move({ places, look }: Frame): void {
    for (const node of look.nodes) {
      const at = places.get(node.id);
      if (!at) continue;
      for (const key of [node.id, `${node.id} ring`, `${node.id} gap`, `${node.id} pin`]) {
        if (this.#graph.hasNode(key)) this.#graph.mergeNodeAttributes(key, { x: at.x, y: -at.y });
      }
    }
  }

  /** Rebuild sigma's copy from the looks. Rings, gaps and pins are nodes of their own beneath and above. */
  #take({ look, places, palette, growth }: Frame): void {
    const graph = this.#graph;
    graph.clear();
    for (const [order, node] of look.nodes.entries()) {
      const at = places.get(node.id) ?? { x: 0, y: 0 };
      const part = (key: string, size: number, color: string, level: number): void => {
        graph.addNode(key, { x: at.x, y: -at.y, size, color, shape: SHAPE_NUMBER[node.shape], zIndex: order * 4 + level, type: "shape" });
      };
      const r = node.radius * growth;
      if (node.ring !== null) part(`${node.id} ring`, r + 4.5, node.ring, 0);
      part(`${node.id} gap`, r + (node.ring === null ? 1.1 : 2.75), palette.paper, 1);
      part(node.id, r, node.fill, 2);
      if (node.pinned) part(`${node.id} pin`, Math.max(1.5, r * 0.3), palette.paper, 3);
    }
    for (const [order, edge] of look.edges.entries()) {
      graph.addDirectedEdgeWithKey(edge.key, edge.source, edge.target, { color: edge.colour, size: edge.width + FEATHER, zIndex: order, type: "line" });
    }
  }

  destroy(): void {
    this.#sigma.kill();
  }
}
