/* Draws labels over the scene. Placement is worked out once per zoom; a pan only shifts it. */

import { make } from "../panels/dom";
import type { NodeLook } from "../reducers/appearance";
import { type Size, toStage } from "./camera";
import { letterWidth } from "./letters";
import { type Label, type Wish, brokenInto, placedLabels, roomOf } from "./labels";
import type { Frame } from "./scene";
import { drawHeads, sized } from "./scene-canvas";

interface Setting {
  readonly lines: readonly string[];
  readonly font: Font;
  readonly width: number;
  readonly height: number;
  readonly leading: number;
}

const SANS = '"Inter Variable", Inter, system-ui, sans-serif';
const SERIF = '"Source Serif 4 Variable", "Source Serif 4", Charter, Georgia, serif';

interface Font {
  readonly css: string;
  readonly size: number;
  readonly serif: boolean;
  readonly strong: boolean;
}

const FONTS: Readonly<Record<"plain" | "strong" | "serif" | "serifStrong", Font>> = {
  plain: { css: `500 12px ${SANS}`, size: 12, serif: false, strong: false },
  strong: { css: `650 13.5px ${SANS}`, size: 13.5, serif: false, strong: true },
  serif: { css: `420 12.5px ${SERIF}`, size: 12.5, serif: true, strong: false },
  serifStrong: { css: `620 14px ${SERIF}`, size: 14, serif: true, strong: true },
};

function fontOf(label: NonNullable<NodeLook["label"]>): Font {
  if (label.serif) return label.strong ? FONTS.serifStrong : FONTS.serif;
  return label.strong ? FONTS.strong : FONTS.plain;
}

/** Whether text is drawn in the fonts whose letters we know; until they have arrived we take it that they will. */
function areFontsOurs(): boolean {
  return document.fonts.status !== "loaded" || [FONTS.plain, FONTS.serif].every(({ css }) => document.fonts.check(css));
}

/** How a placed label is set, for exports. */
export interface TextSetting {
  readonly lines: readonly string[];
  readonly leading: number;
  readonly serif: boolean;
  readonly strong: boolean;
  readonly ink: string;
}

/** Where the labels of one placement stand, relative to the middle of the stage at that placement. */
interface Placement {
  readonly look: Frame["look"];
  readonly places: Frame["places"];
  readonly k: number;
  readonly isRough: boolean;
  readonly labels: readonly Label[];
}

/** As many labels are placed while nodes move: the dearest, and the same ones in each frame. */
const ROUGH = 44;

export class LabelLayer {
  readonly #holder: HTMLElement;
  /** Its own, above the scene; null while it writes on the scene's. */
  #canvas: HTMLCanvasElement | null = null;
  readonly #settings = new Map<string, Setting>();
  readonly #letters = new Map<Font, Map<string, number>>();
  #isKnown = true;
  #pen: CanvasRenderingContext2D | null = null;
  #placement: Placement | null = null;

  readonly #ratio: number | undefined;

  constructor(holder: HTMLElement, ratio?: number) {
    this.#ratio = ratio;
    this.#holder = holder;
  }

  /** Write on a canvas of this size, above the scene. */
  resize(size: Size): void {
    if (!this.#canvas) {
      this.#canvas = make("canvas", { "aria-hidden": "true" });
      this.#holder.append(this.#canvas);
    }
    this.#take(sized(this.#canvas, size, this.#ratio));
  }

  /** Write with the scene's own pen: one canvas less to clear, paint and put together. */
  borrow(pen: CanvasRenderingContext2D): void {
    this.#drop();
    this.#take(pen);
  }

  #take(pen: CanvasRenderingContext2D | null): void {
    this.#pen = pen;
  }

  #drop(): void {
    if (!this.#canvas) return;
    this.#canvas.width = 0;
    this.#canvas.remove();
    this.#canvas = null;
  }

  /** Fonts have arrived: measure again. */
  forget(): void {
    this.#isKnown = areFontsOurs();
    this.#settings.clear();
    this.#letters.clear();
    this.#placement = null;
  }

  /** The labels as drawn, in pixels of the stage; for checks. */
  boxes(frame: Frame, isRough = this.#placement?.isRough ?? false): Label[] {
    const origin = toStage(frame.view, frame.size, { x: 0, y: 0 });
    return this.#placed(frame, isRough).map((label) => ({
      ...label,
      left: label.left + origin.x,
      right: label.right + origin.x,
      top: label.top + origin.y,
      bottom: label.bottom + origin.y,
    }));
  }

  /** The labels inside the frame with their lines, for exports. */
  set(frame: Frame): (Label & TextSetting)[] {
    const looks = new Map(frame.look.nodes.map((node) => [node.id, node.label]));
    return this.boxes(frame).flatMap((box) => {
      const label = looks.get(box.id);
      if (!label) return [];
      const { lines, leading } = this.#settingOf(label);
      return [{ ...box, lines, leading, serif: label.serif, strong: label.strong, ink: label.ink }];
    });
  }

  /** `isRough`: the picture is on its way, so only the dearest labels are placed. */
  draw(frame: Frame, isRough = false): void {
    const pen = this.#pen;
    if (!pen) return;
    if (this.#canvas) pen.clearRect(0, 0, frame.size.width, frame.size.height);
    drawHeads(pen, frame);
    const looks = new Map(frame.look.nodes.map((node) => [node.id, node]));
    pen.lineJoin = "round";
    pen.textBaseline = "middle";
    for (const box of this.boxes(frame, isRough)) {
      const label = looks.get(box.id)?.label;
      const outside = box.right < 0 || box.bottom < 0 || box.left > frame.size.width || box.top > frame.size.height;
      if (label && !outside) this.#write(pen, box, label, frame.palette.paper);
    }
  }

  #write(pen: CanvasRenderingContext2D, box: Label, label: NonNullable<NodeLook["label"]>, halo: string): void {
    const set = this.#settingOf(label);
    pen.font = set.font.css;
    pen.textAlign = box.align;
    const x = box.align === "left" ? box.left : box.align === "right" ? box.right : (box.left + box.right) / 2;
    pen.strokeStyle = halo;
    pen.lineWidth = 3.5;
    pen.fillStyle = label.ink;
    for (const [index, line] of set.lines.entries()) pen.strokeText(line, x, box.top + set.leading * (index + 0.5));
    for (const [index, line] of set.lines.entries()) pen.fillText(line, x, box.top + set.leading * (index + 0.5));
  }

  #settingOf(label: NonNullable<NodeLook["label"]>): Setting {
    const font = fontOf(label);
    const key = `${font.size} ${label.text}`;
    const known = this.#settings.get(key);
    if (known) return known;
    const measure = (text: string): number => this.#width(text, font);
    const lines = label.serif || label.text.length > 26 ? brokenInto(label.text, 2, label.strong ? 210 : 164, measure) : [label.text];
    const leading = label.strong ? 17 : 14.5;
    const made = { lines, font, leading, width: Math.ceil(Math.max(...lines.map(measure))), height: leading * lines.length };
    this.#settings.set(key, made);
    return made;
  }

  /** The width of a text as the sum of its letters': a little more than with kerning, and far sooner known. */
  #width(text: string, font: Font): number {
    let width = 0;
    for (const letter of text) width += (this.#isKnown ? letterWidth(letter, font.size, font.serif, font.strong) : undefined) ?? this.#measured(letter, font);
    return width;
  }

  #measured(letter: string, font: Font): number {
    const letters = this.#letters.get(font) ?? new Map<string, number>();
    this.#letters.set(font, letters);
    const known = letters.get(letter);
    if (known !== undefined) return known;
    if (this.#pen) this.#pen.font = font.css;
    const width = this.#pen?.measureText(letter).width ?? font.size / 2;
    letters.set(letter, width);
    return width;
  }

  #wish(node: NodeLook, frame: Frame): Wish | null {
    const place = frame.places.get(node.id);
    if (!place) return null;
    const { label } = node;
    // Measured when its turn comes: most labels find no room anyway.
    const set = (): Setting | null => (label ? this.#settingOf(label) : null);
    return {
      id: node.id,
      at: { x: place.x * frame.view.k, y: place.y * frame.view.k },
      radius: node.radius * frame.growth + (node.ring === null ? 1 : 4.5),
      get width() {
        return set()?.width ?? 0;
      },
      get height() {
        return set()?.height ?? 0;
      },
      priority: label?.priority ?? Number.NEGATIVE_INFINITY,
      wanted: label?.wanted ?? false,
    };
  }

  #placed(frame: Frame, isRough: boolean): readonly Label[] {
    const before = this.#placement;
    if (before && before.look === frame.look && before.places === frame.places && before.k === frame.view.k && before.isRough === isRough) return before.labels;
    const wishes = frame.look.nodes.flatMap((node) => this.#wish(node, frame) ?? []);
    const labels = placedLabels(wishes, roomOf(wishes, frame.margin), new Set(before?.labels.map((label) => label.id)), isRough ? ROUGH : Infinity);
    this.#placement = { look: frame.look, places: frame.places, k: frame.view.k, isRough, labels };
    return labels;
  }

  destroy(): void {
    this.forget();
    this.#drop();
    this.#pen = null;
  }
}
