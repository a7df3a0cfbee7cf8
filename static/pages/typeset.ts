// Sets mathematics with KaTeX. site.ts loads this only where a page holds any; without it the TeX source stays readable.
import katex from "katex";
import "katex/dist/katex.min.css";

const LONGEST = 4000;
const A_FRAME = 40;

// Sources come from anybody: no links or HTML out of TeX (trust), bounded macros and sizes, Unicode as it comes.
const SETTINGS = { trust: false, strict: "ignore", throwOnError: true, maxExpand: 200, maxSize: 20, output: "htmlAndMathml" } as const;

/** Set every formula under `root`. One that KaTeX cannot read keeps showing its source. */
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
  const drawn = document.createElement("span");
  try {
    katex.render(source, drawn, { ...SETTINGS, displayMode: "display" in element.dataset });
  } catch {
    element.classList.add("tex--unread");
    return;
  }
  element.replaceChildren(...drawn.childNodes);
  element.classList.add("tex--set");
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
