/* Taking the picture along: its link, a saved view, files. */

import { FORMATS, type Format } from "../exports/formats";
import { make } from "./dom";
import { Menu } from "./menu";

export interface ShareActions {
  copyLink(): Promise<boolean>;
  download(format: Format): Promise<string>;
  /** null for visitors, who have nowhere to keep a view. */
  save: ((name: string, note: string, isPublic: boolean) => Promise<string | null>) | null;
}

function press(label: string, act: () => void): HTMLButtonElement {
  const face = make("button", { type: "button", class: "explorer__door" }, label);
  face.addEventListener("click", act);
  return face;
}

export class ShareMenu {
  readonly menu: Menu;
  readonly #actions: ShareActions;
  readonly #said = make("p", { class: "explorer__said", role: "status" });

  constructor(name: string, actions: ShareActions, signal: AbortSignal) {
    this.#actions = actions;
    this.menu = new Menu(`explorer-share-${name}`, "Share", "share", signal, () => this.#said.replaceChildren());
    const files = make("div", { class: "explorer__files" }, ...Object.entries(FORMATS).map(([format, label]) => press(label, () => void this.#download(format as Format))));
    this.menu.sheet.append(
      make("section", { class: "explorer__sheet-part" }, make("h2", {}, "Link to this picture"), press("Copy link", () => void this.#copy())),
      ...(actions.save ? [this.#saving(actions.save)] : []),
      make("section", { class: "explorer__sheet-part" }, make("h2", {}, "Take it away"), files),
      this.#said,
    );
  }

  #say(...words: (string | Node)[]): void {
    this.#said.replaceChildren(...words);
  }

  async #copy(): Promise<void> {
    this.#say((await this.#actions.copyLink()) ? "Copied. Whoever opens it sees this picture." : "Copying is not allowed here: copy the address of the page.");
  }

  async #download(format: Format): Promise<void> {
    try {
      this.#say(`${await this.#actions.download(format)} holds what is drawn now.`);
    } catch {
      this.#say("The file could not be made.");
    }
  }

  #saving(save: NonNullable<ShareActions["save"]>): HTMLElement {
    const name = make("input", { type: "text", class: "explorer__input", required: true, maxlength: "120", "aria-label": "Name of the view", placeholder: "Name" });
    const note = make("textarea", { class: "explorer__input", rows: "2", maxlength: "2000", "aria-label": "Note", placeholder: "Note, if you like" });
    const open = make("input", { type: "checkbox" });
    const face = make("button", { type: "submit", class: "explorer__door explorer__door--main" }, "Save view");
    const form = make("form", { class: "explorer__sheet-part" }, make("h2", {}, "Keep this view"), name, note, make("label", { class: "explorer__tick" }, open, "Anybody may open it"), face);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      face.disabled = true;
      save(name.value, note.value, open.checked)
        .then((address) => {
          this.#say("Saved. ", ...(address ? [make("a", { href: address }, "Open it")] : []));
          form.reset();
        })
        .catch((error: unknown) => this.#say(error instanceof Error ? error.message : "It could not be saved."))
        .finally(() => (face.disabled = false));
    });
    return form;
  }
}
