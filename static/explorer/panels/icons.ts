/* Icons of Lucide (ISC), inlined at build. */

import arrowUpRight from "lucide-static/icons/arrow-up-right.svg?raw";
import help from "lucide-static/icons/circle-help.svg?raw";
import expand from "lucide-static/icons/git-fork.svg?raw";
import centre from "lucide-static/icons/locate-fixed.svg?raw";
import fullscreen from "lucide-static/icons/maximize-2.svg?raw";
import minus from "lucide-static/icons/minus.svg?raw";
import pin from "lucide-static/icons/pin.svg?raw";
import plus from "lucide-static/icons/plus.svg?raw";
import fit from "lucide-static/icons/scan.svg?raw";
import search from "lucide-static/icons/search.svg?raw";
import undo from "lucide-static/icons/undo-2.svg?raw";
import collapse from "lucide-static/icons/fold-vertical.svg?raw";
import close from "lucide-static/icons/x.svg?raw";

const SOURCES = { arrowUpRight, centre, close, collapse, expand, fit, fullscreen, help, minus, pin, plus, search, undo } as const;

export function icon(name: keyof typeof SOURCES): SVGElement {
  const drawing = new DOMParser().parseFromString(SOURCES[name], "image/svg+xml").documentElement;
  drawing.setAttribute("class", "icon");
  drawing.setAttribute("aria-hidden", "true");
  return document.importNode(drawing, true) as unknown as SVGElement;
}
