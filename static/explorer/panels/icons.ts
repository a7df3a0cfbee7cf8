/* Icons of Lucide (ISC), inlined at build. */

import arrowUpRight from "lucide-static/icons/arrow-up-right.svg?raw";
import help from "lucide-static/icons/circle-help.svg?raw";
import expand from "lucide-static/icons/git-fork.svg?raw";
import centre from "lucide-static/icons/locate-fixed.svg?raw";
import fullscreen from "lucide-static/icons/maximize-2.svg?raw";
import hide from "lucide-static/icons/eye-off.svg?raw";
import share from "lucide-static/icons/share-2.svg?raw";
import filter from "lucide-static/icons/sliders-horizontal.svg?raw";
import look from "lucide-static/icons/palette.svg?raw";
import path from "lucide-static/icons/route.svg?raw";
import play from "lucide-static/icons/play.svg?raw";
import pause from "lucide-static/icons/pause.svg?raw";
import redo from "lucide-static/icons/redo-2.svg?raw";
import freeze from "lucide-static/icons/snowflake.svg?raw";
import map from "lucide-static/icons/map.svg?raw";
import minus from "lucide-static/icons/minus.svg?raw";
import pin from "lucide-static/icons/pin.svg?raw";
import plus from "lucide-static/icons/plus.svg?raw";
import fit from "lucide-static/icons/scan.svg?raw";
import search from "lucide-static/icons/search.svg?raw";
import undo from "lucide-static/icons/undo-2.svg?raw";
import collapse from "lucide-static/icons/fold-vertical.svg?raw";
import close from "lucide-static/icons/x.svg?raw";

const SOURCES = {
  arrowUpRight, centre, close, collapse, expand, filter, fit, freeze, fullscreen, help, hide, look, map, minus, path, pause, pin, play, plus, redo, search, share, undo,
} as const; // prettier-ignore

export type IconName = keyof typeof SOURCES;

export function icon(name: IconName): SVGElement {
  const drawing = new DOMParser().parseFromString(SOURCES[name], "image/svg+xml").documentElement;
  drawing.setAttribute("class", "icon");
  drawing.setAttribute("aria-hidden", "true");
  return document.importNode(drawing, true) as unknown as SVGElement;
}
