/* The colours of the picture, read from the tokens so that both schemes follow. */

import type { Kind } from "../client/slice";

export interface Palette {
  readonly paper: string;
  readonly ink: string;
  readonly inkSoft: string;
  readonly line: string;
  readonly accent: string;
  readonly kinds: Readonly<Record<Kind, string>>;
  /** Verification levels 0 to 5. */
  readonly levels: readonly string[];
  readonly citing: string;
  readonly cited: string;
  /** Communities, in the order of their numbers. */
  readonly groups: readonly string[];
}

/** The tokens' hues at eight lightnesses of their own, at least 3:1 on paper and sunk paper; who follows one another differs by 9 L* or more. */
export const GROUPS = {
  light: ["#0072b2", "#d96106", "#034344", "#b8598d", "#046c4e", "#8d1f09", "#96681b", "#818a93"],
  dark: ["#57b4ea", "#d37133", "#97e5e0", "#f3a3ce", "#20af85", "#c44a37", "#edc06c", "#7c7c76"],
};

const FALLBACK: Palette = {
  paper: "#fbfaf7",
  ink: "#1b1f24",
  inkSoft: "#454c54",
  line: "#b9b5aa",
  accent: "#0b5557",
  kinds: { researcher: "#0072b2", work: "#d55e00", topic: "#008f68", institution: "#b35488" },
  levels: ["#b4bdbb", "#8fb0ad", "#63999a", "#377f82", "#156669", "#083f41"],
  citing: "#008f68",
  cited: "#0072b2",
  groups: GROUPS.light,
};

/** Whether a #rrggbb is nearer to black. */
export function isDark(colour: string): boolean {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  return 0.299 * r + 0.587 * g + 0.114 * b < 128;
}

/** Any CSS colour as #rrggbb. */
function hex(colour: string, fallback: string): string {
  if (/^#[0-9a-f]{6}$/i.test(colour)) return colour.toLowerCase();
  if (colour === "") return fallback;
  const pen = document.createElement("canvas").getContext("2d");
  if (!pen) return fallback;
  pen.fillStyle = fallback;
  pen.fillStyle = colour;
  return typeof pen.fillStyle === "string" && pen.fillStyle.startsWith("#") ? pen.fillStyle : fallback;
}

export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const token = (name: string, fallback: string): string => hex(style.getPropertyValue(name).trim(), fallback);
  const paper = token("--explorer-ground", token("--paper", FALLBACK.paper));
  return {
    paper,
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
    levels: FALLBACK.levels.map((colour, level) => token(`--level-${level}`, colour)),
    citing: token("--cites", FALLBACK.citing),
    cited: token("--cited", FALLBACK.cited),
    groups: GROUPS[isDark(paper) ? "dark" : "light"],
  };
}

const mixtures = new Map<string, string>();

/** `part` of one colour in another, both #rrggbb: paints what is dimmed without transparency. */
export function mixed(colour: string, into: string, part: number): string {
  const name = `${colour}${into}${part}`;
  const known = mixtures.get(name);
  if (known !== undefined) return known;
  const of = (hexed: string, index: number): number => Number.parseInt(hexed.slice(1 + 2 * index, 3 + 2 * index), 16);
  const channels = [0, 1, 2].map((index) => Math.round(of(colour, index) * part + of(into, index) * (1 - part)).toString(16).padStart(2, "0")); // prettier-ignore
  const made = `#${channels.join("")}`;
  // A handful of colours makes a picture; what came with each number of edges is let go again.
  if (mixtures.size > 400) mixtures.clear();
  mixtures.set(name, made);
  return made;
}
