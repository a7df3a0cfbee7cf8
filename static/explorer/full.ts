/* The page /explore/: the explorer at once, over the whole window. */

import "./styles";
import { Explorer } from "./explorer";
import { optionsOf } from "./options";
import { plain } from "./panels/words";

const root = document.querySelector<HTMLElement>("[data-explorer=full]");
const options = root ? optionsOf(root) : null;

function focused(node: { label: string; url: string }): void {
  const [title, page] = [document.querySelector("[data-explorer-title]"), document.querySelector("[data-explorer-page]")];
  // The server has named the first one, with its mathematics or the name of a saved view.
  if (page?.getAttribute("href") === node.url) return;
  if (title) title.textContent = plain(node.label);
  page?.setAttribute("href", node.url);
  document.title = `${plain(node.label)} · Explorer · bzpeer`;
}

if (root && options) {
  const explorer = new Explorer(root, { ...options, embedded: false, focused });
  for (const table of document.querySelectorAll<HTMLElement>("[data-explorer-table]")) table.hidden = true;
  // A page kept for the back button keeps its picture; one that goes gives everything back.
  addEventListener("pagehide", (event) => {
    if (!event.persisted) explorer.destroy();
  });
  void explorer.open();
}
