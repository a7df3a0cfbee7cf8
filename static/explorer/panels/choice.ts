/* One of several: a row of radio buttons under a heading. */

import { make } from "./dom";

export class Choice<T extends string> {
  readonly element: HTMLFieldSetElement;
  readonly #inputs: ReadonlyMap<T, HTMLInputElement>;

  constructor(group: string, title: string, names: Readonly<Record<T, string>>, choose: (value: T) => void) {
    const values = Object.keys(names) as T[];
    this.element = make("fieldset", { class: "explorer__choice" }, make("legend", {}, title));
    this.#inputs = new Map(
      values.map((value) => {
        const input = make("input", { type: "radio", name: group, value });
        input.addEventListener("change", () => choose(value));
        this.element.append(make("label", {}, input, names[value]));
        return [value, input];
      }),
    );
  }

  show(value: T, possible: (value: T) => boolean = () => true): void {
    for (const [own, input] of this.#inputs) {
      input.checked = own === value;
      if (input.parentElement) input.parentElement.hidden = !possible(own) && own !== value;
    }
  }
}
