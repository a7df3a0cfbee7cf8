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
  for (const table of document.querySelectorAll<HTMLElement>("[data-explorer-table]")) table.hidden = true;
  // Nothing here holds the explorer: once it is taken away its memory is free.
  void new Explorer(root, { ...options, embedded: false, focused }).open();
}
