/* The shape of a kind as a small drawing, the same as in the picture. */

import { SHAPES, type Shape, outline } from "../reducers/shapes";
import { makeDrawing } from "./dom";
import type { Kind } from "../client/slice";

function drawn(shape: Shape): SVGElement {
  if (shape === "circle") return makeDrawing("circle", { r: "5" });
  const points = outline(shape, 5).map((point) => `${point.x.toFixed(2)},${point.y.toFixed(2)}`);
  return makeDrawing("polygon", { points: points.join(" ") });
}

export function mark(kind: Kind): SVGElement {
  return makeDrawing("svg", { class: `explorer__mark explorer__mark--${kind}`, viewBox: "-8 -8 16 16", "aria-hidden": "true" }, drawn(SHAPES[kind]));
}

/** The mark of a legend's entry in its own colour. */
export function swatch(shape: Shape, colour: string): SVGElement {
  return makeDrawing("svg", { class: "explorer__mark explorer__mark--own", viewBox: "-8 -8 16 16", fill: colour, stroke: colour, "aria-hidden": "true" }, drawn(shape));
}
