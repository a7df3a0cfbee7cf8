// Sets mathematics with KaTeX. site.ts loads this only where a page holds any; without it the TeX source stays readable.
import katex from "katex";
import "katex/dist/katex.min.css";

// Real formulas of titles and abstracts reach 160 signs, 26 levels and 400 elements. What nests or grows far beyond is
// made to hurt (900 levels end the browser's tab) and stays as source.
const LONGEST = 2000;
const DEEPEST = 60;
const MOST_ELEMENTS = 4000;
const A_FRAME = 40;
let left = 100_000; // elements this page may still grow by

// Shorthands that authors define in their papers and leave in titles and abstracts; each was met in arXiv's records.
const MACROS: Record<string, string> = {
  "\\eps": "\\varepsilon",
  "\\half": "\\tfrac{1}{2}",
  "\\gsim": "\\gtrsim",
  "\\lsim": "\\lesssim",
  "\\apprge": "\\gtrsim",
  "\\apprle": "\\lesssim",
  "\\upmu": "\\mu",
  "\\sign": "\\operatorname{sign}",
  "\\sinc": "\\operatorname{sinc}",
  "\\textless": "<",
  "\\textgreater": ">",
  "\\Q": "\\mathbb{Q}",
  "\\F": "\\mathbb{F}",
  "\\C": "\\mathbb{C}",
};

// Sources come from anybody: no links or HTML out of TeX (trust), bounded macros and sizes, Unicode as it comes.
// Errors are thrown, since KaTeX would mark them by a style attribute, which the content security policy refuses.
const SETTINGS = { trust: false, strict: "ignore", throwOnError: true, maxExpand: 200, maxSize: 20, output: "htmlAndMathml" } as const;
const MOST_UNKNOWN = 6;

/** Set every formula under `root`. A command KaTeX does not know shows its name; a formula it cannot read keeps its source. */
export function typeset(root: ParentNode): void {
  const waiting = [...root.querySelectorAll<HTMLElement>(".tex:not([data-source])")];
  const next = (): void => {
    for (const element of waiting.splice(0, A_FRAME)) set(element);
    if (waiting.length) requestAnimationFrame(next);
  };
  next();
}

function set(element: HTMLElement): void {
  const source = element.textContent ?? "";
  element.dataset.source = source;
  if (source.length > LONGEST) return;
  // A sign for per cent, which TeX would take for a comment that hides the rest.
  const readable = source.replace(/(?<!\\)%/g, "\\%");
  const drawn = draw(readable, "display" in element.dataset);
  if (!drawn || !isReasonable(drawn)) return;
  element.replaceChildren(...drawn.childNodes);
  element.classList.add("tex--set");
}

function draw(source: string, displayMode: boolean): HTMLElement | null {
  const macros = { ...MACROS };
  for (let attempt = 0; attempt <= MOST_UNKNOWN; attempt++) {
    const drawn = document.createElement("span");
    try {
      katex.render(source, drawn, { ...SETTINGS, macros, displayMode });
      return drawn;
    } catch (error) {
      const unknown = /Undefined control sequence: \\([A-Za-z]+)/.exec(String(error))?.[1];
      if (!unknown || `\\${unknown}` in macros) return null;
      macros[`\\${unknown}`] = `\\texttt{\\textbackslash ${unknown}}`;
    }
  }
  return null;
}

function isReasonable(drawn: HTMLElement): boolean {
  let depth = 0;
  let elements = 0;
  let node: Element | null = drawn.firstElementChild;
  while (node) {
    elements += 1;
    if (depth > DEEPEST || elements > MOST_ELEMENTS) return false;
    if (node.firstElementChild) {
      node = node.firstElementChild;
      depth += 1;
      continue;
    }
    while (node && node !== drawn && !node.nextElementSibling) {
      node = node.parentElement;
      depth -= 1;
    }
    node = node && node !== drawn ? node.nextElementSibling : null;
  }
  left -= elements;
  return left >= 0;
}

function formulaAround(node: Node): Element | null {
  return (node instanceof Element ? node : node.parentElement)?.closest(".tex[data-source]") ?? null;
}

/** Return what a range says, with the source of each formula it touches. */
export function readableText(range: Range): string | null {
  const whole = range.cloneRange();
  const first = formulaAround(whole.startContainer);
  const last = formulaAround(whole.endContainer);
  if (first) whole.setStartBefore(first);
  if (last) whole.setEndAfter(last);
  const copy = whole.cloneContents();
  const formulas = copy.querySelectorAll<HTMLElement>(".tex[data-source]");
  if (formulas.length === 0) return null;
  for (const formula of formulas) {
    const marks = "display" in formula.dataset ? "$$" : "$";
    formula.replaceWith(`${marks}${formula.dataset.source ?? ""}${marks}`);
  }
  for (const block of copy.querySelectorAll("p, li, tr, h1, h2, h3, br")) block.after("\n");
  return copy.textContent?.trim() ?? "";
}

document.addEventListener("copy", (event) => {
  const selection = getSelection();
  if (!selection || selection.isCollapsed || !event.clipboardData) return;
  const text = readableText(selection.getRangeAt(0));
  if (text === null) return;
  event.clipboardData.setData("text/plain", text);
  event.preventDefault();
});
