/* The page /explore/: the explorer at once, over the whole window. */

import "../css/components/explorer.css";
import { Explorer } from "./explorer";
import { plain } from "./panels/words";

const root = document.querySelector<HTMLElement>("[data-explorer=full]");
const { focus, sliceUrl, exploreUrl, limit } = root?.dataset ?? {};

function focused(node: { label: string; url: string }): void {
  const title = document.querySelector("[data-explorer-title]");
  // The server has set the first one with its mathematics; it is replaced only by another record.
  if (title && document.querySelector("[data-explorer-page]")?.getAttribute("href") !== node.url) title.textContent = plain(node.label);
  document.querySelector("[data-explorer-page]")?.setAttribute("href", node.url);
  document.title = `${plain(node.label)} · Explorer · bzpeer`;
}

if (root && focus && sliceUrl && exploreUrl) {
  const explorer = new Explorer(root, { focus, sliceUrl, exploreUrl, embedded: false, limit: Number(limit), focused });
  for (const table of document.querySelectorAll<HTMLElement>("[data-explorer-table]")) table.hidden = true;
  // A page kept for the back button keeps its picture; one that goes gives everything back.
  addEventListener("pagehide", (event) => {
    if (!event.persisted) explorer.destroy();
  });
  void explorer.open();
}
