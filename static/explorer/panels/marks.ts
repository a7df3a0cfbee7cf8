/* The shape of a kind as a small drawing, the same as in the picture. */

import { SHAPES, outline } from "../reducers/appearance";
import { makeDrawing } from "./dom";
import type { Kind } from "../client/slice";

export function mark(kind: Kind): SVGElement {
  const shape = SHAPES[kind];
  const drawing =
    shape === "circle"
      ? makeDrawing("circle", { r: "5" })
      : makeDrawing("polygon", {
          points: outline(shape, 5)
            .map((point) => `${point.x.toFixed(2)},${point.y.toFixed(2)}`)
            .join(" "),
        });
  return makeDrawing("svg", { class: `explorer__mark explorer__mark--${kind}`, viewBox: "-8 -8 16 16", "aria-hidden": "true" }, drawing);
}
