/* The shape of a node: its kind, or in a picture of citations how it stands to the paper in the middle. */

import type { Kind } from "../client/slice";
import type { Point } from "../scene/camera";
import { type Role, roleOf } from "../state/buckets";
import type { Picture, PictureNode } from "../state/picture";
import type { Colour } from "../state/values";

export type Shape = "circle" | "square" | "triangle" | "diamond";

export const SHAPES: Readonly<Record<Kind, Shape>> = { researcher: "circle", work: "square", topic: "triangle", institution: "diamond" };
export const ROLE_SHAPES: Readonly<Record<Role, Shape>> = { focus: "circle", citing: "triangle", cited: "square", both: "diamond", further: "square" };

export function shapeOf(picture: Picture, node: PictureNode, colour: Colour): Shape {
  return colour === "citations" && node.kind === "work" ? ROLE_SHAPES[roleOf(picture, node.id)] : SHAPES[node.kind];
}

/** The outline of a node around (0, 0), equal in area for every shape; a circle has none. */
export function outline(shape: Exclude<Shape, "circle">, r: number): readonly Point[] {
  switch (shape) {
    case "square": {
      const h = r * 0.886;
      return [{ x: -h, y: -h }, { x: h, y: -h }, { x: h, y: h }, { x: -h, y: h }]; // prettier-ignore
    }
    case "diamond": {
      const h = r * 1.253;
      return [{ x: 0, y: -h }, { x: h, y: 0 }, { x: 0, y: h }, { x: -h, y: 0 }]; // prettier-ignore
    }
    case "triangle": {
      const h = r * 1.555; // circumradius of the triangle with the circle's area
      return [{ x: 0, y: -h }, { x: h * 0.866, y: h / 2 }, { x: -h * 0.866, y: h / 2 }]; // prettier-ignore
    }
  }
}
