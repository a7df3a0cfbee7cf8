/* Every word that names a thing of the picture. */

import type { PictureEdge, PictureNode } from "../state/picture";
import type { Kind, LeftOuts } from "../client/slice";
import { KINDS } from "../client/slice";
import type { Colour, Layout, Size } from "../state/values";

export const KIND_NAMES: Readonly<Record<Kind, readonly [string, string]>> = {
  researcher: ["researcher", "researchers"],
  work: ["work", "works"],
  topic: ["topic", "topics"],
  institution: ["institution", "institutions"],
};

export const COLOUR_NAMES: Readonly<Record<Colour, string>> = { kind: "Kind", community: "Community", year: "Year", level: "Verification level", citations: "Citing and cited" };
export const SIZE_NAMES: Readonly<Record<Size, string>> = { weight: "Works", citations: "Citations", degree: "Relations drawn" };
export const LAYOUT_NAMES: Readonly<Record<Layout, string>> = { force: "Who stands near whom", year: "Time axis", circle: "Communities in a circle" };

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function count(number: number, [one, many]: readonly [string, string]): string {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

/** "collaborated with", "wrote" … as read from one end of the edge. */
export function relationFrom(edge: PictureEdge, id: string): string {
  const outward = edge.source === id;
  switch (edge.kind) {
    case "collaborated":
      return "worked with";
    case "authored":
      return outward ? "wrote" : "written by";
    case "cites":
      return outward ? "cites" : "cited by";
    case "about":
      return outward ? "is about" : "subject of";
    case "affiliated":
      return outward ? "at" : "home of";
  }
}

export function years(edge: PictureEdge): string {
  if (edge.firstYear === null || edge.lastYear === null) return "";
  return edge.firstYear === edge.lastYear ? `${edge.firstYear}` : `${edge.firstYear}–${edge.lastYear}`;
}

/** What the weight of an edge counts, in words; empty where it says nothing. */
export function strength(edge: PictureEdge): string {
  switch (edge.kind) {
    case "collaborated":
      return count(edge.weight, ["shared work", "shared works"]);
    case "about":
      return `score ${edge.weight.toFixed(2)}`;
    case "affiliated":
      return edge.weight > 1 ? count(edge.weight, ["year", "years"]) : "";
    default:
      return "";
  }
}

/** What the weight of a node counts: a researcher's works, a work's citations, a topic's and an institution's works. */
export function measure(node: PictureNode): string {
  return node.kind === "work" ? count(node.weight, ["citation", "citations"]) : count(node.weight, KIND_NAMES.work);
}

/** "Researcher, 9 works" or "Work of 2022, 3 citations". */
export function fact(node: PictureNode): string {
  const kind = capital(KIND_NAMES[node.kind][0]);
  return `${node.year === null ? kind : `${kind} of ${node.year}`}, ${measure(node)}`;
}

/** "7 more works and at least 40 more topics"; empty if nothing was left out. */
export function leftOutWords(leftOut: LeftOuts): string {
  const parts = KINDS.flatMap((kind) => {
    const left = leftOut[kind];
    return left ? [`${left.atLeast ? "at least " : ""}${left.more.toLocaleString("en")} more ${KIND_NAMES[kind][left.more === 1 ? 0 : 1]}`] : [];
  });
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

/** "Ada worked with Ben: 3 shared works, 2019–2022". */
export function edgeWords(edge: PictureEdge, source: string, target: string): string {
  const more = [strength(edge), years(edge)].filter((part) => part !== "").join(", ");
  return `${source} ${relationFrom(edge, edge.source)} ${target}${more === "" ? "" : `: ${more}`}`;
}

const SYMBOLS: Readonly<Record<string, string>> = {
  alpha: "α", beta: "β", gamma: "γ", delta: "δ", epsilon: "ε", varepsilon: "ε", eta: "η", theta: "θ", kappa: "κ", lambda: "λ", mu: "μ", nu: "ν", xi: "ξ", pi: "π",
  rho: "ρ", sigma: "σ", tau: "τ", phi: "φ", varphi: "φ", chi: "χ", psi: "ψ", omega: "ω", Gamma: "Γ", Delta: "Δ", Lambda: "Λ", Pi: "Π", Sigma: "Σ", Phi: "Φ", Psi: "Ψ",
  Omega: "Ω", times: "×", to: "→", rightarrow: "→", infty: "∞", pm: "±", sim: "∼", approx: "≈", leq: "≤", geq: "≥", neq: "≠", ell: "ℓ", cdot: "·", sqrt: "√", prime: "′",
}; // prettier-ignore

/** A title on one line without markup: what TeX and MathML would have drawn, as near as plain letters come. */
export function plain(label: string): string {
  return label
    .replace(/<\/?(?:mml:)?(?:math|m[a-z]+|i|b|em|strong|su[bp]|inf|scp|tt|span|italic|bold)\b[^<>]*>/gi, "")
    .replace(/\\(?:textit|textbf|emph|text|mathrm|mathbf|mathcal|mathbb|rm|it|bf|cal|boldsymbol|operatorname)\b\s*/g, "")
    .replace(/\\([A-Za-z]+)(\s*)/g, (_, name: string, space: string) => SYMBOLS[name] ?? name + space)
    .replace(/\\(["'`^~=.])\{?([A-Za-z])\}?/g, "$2")
    .replace(/[_^]\{([^{}]*)\}/g, "$1")
    .replace(/\\(.)/g, "$1")
    .replace(/[${}]/g, "")
    .replace(/\s+/g, " ")
    .trim();
}
