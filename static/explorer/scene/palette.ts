/* The colours of the picture, read from the tokens so that both schemes follow. */

import type { Kind } from "../client/slice";

export interface Palette {
  readonly paper: string;
  readonly ink: string;
  readonly inkSoft: string;
  readonly line: string;
  readonly accent: string;
  readonly kinds: Readonly<Record<Kind, string>>;
}

const FALLBACK: Palette = {
  paper: "#fbfaf7",
  ink: "#1b1f24",
  inkSoft: "#454c54",
  line: "#b9b5aa",
  accent: "#0b5557",
  kinds: { researcher: "#0072b2", work: "#d55e00", topic: "#008f68", institution: "#b35488" },
};

/** Any CSS colour as #rrggbb. */
function hex(colour: string, fallback: string): string {
  if (/^#[0-9a-f]{6}$/i.test(colour)) return colour.toLowerCase();
  const pen = document.createElement("canvas").getContext("2d");
  if (!pen || colour === "") return fallback;
  pen.fillStyle = fallback;
  pen.fillStyle = colour;
  return typeof pen.fillStyle === "string" && pen.fillStyle.startsWith("#") ? pen.fillStyle : fallback;
}

export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const token = (name: string, fallback: string): string => hex(style.getPropertyValue(name).trim(), fallback);
  return {
    paper: token("--explorer-ground", token("--paper", FALLBACK.paper)),
    ink: token("--ink", FALLBACK.ink),
    inkSoft: token("--ink-soft", FALLBACK.inkSoft),
    line: token("--hairline-strong", FALLBACK.line),
    accent: token("--accent", FALLBACK.accent),
    kinds: {
      researcher: token("--kind-researcher", FALLBACK.kinds.researcher),
      work: token("--kind-work", FALLBACK.kinds.work),
      topic: token("--kind-topic", FALLBACK.kinds.topic),
      institution: token("--kind-institution", FALLBACK.kinds.institution),
    },
  };
}

/** `part` of one colour in another, both #rrggbb: paints what is dimmed without transparency. */
export function mixed(colour: string, into: string, part: number): string {
  const channel = (index: number): string => {
    const of = (hexed: string): number => Number.parseInt(hexed.slice(1 + 2 * index, 3 + 2 * index), 16);
    return Math.round(of(colour) * part + of(into) * (1 - part))
      .toString(16)
      .padStart(2, "0");
  };
  return `#${channel(0)}${channel(1)}${channel(2)}`;
}
