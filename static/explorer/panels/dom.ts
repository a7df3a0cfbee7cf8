/* Making elements. Text is always text, never markup. */

type Child = Node | string | null;
type Attributes = Readonly<Record<string, string | boolean | null>>;

function give(element: Element, attributes: Attributes, children: readonly Child[]): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (typeof value === "string") element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
}

export function make<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  give(element, attributes, children);
  return element;
}

export function makeDrawing(tag: string, attributes: Attributes = {}, ...children: Node[]): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  give(element, attributes, children);
  return element;
}

export function button(label: string, face: Child, press: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const element = make("button", { type: "button", ...(face === label ? {} : { "aria-label": label, title: label }), ...attributes }, face);
  element.addEventListener("click", press);
  return element;
}
