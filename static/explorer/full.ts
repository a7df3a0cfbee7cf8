/* The page /explore/: the explorer at once, over the whole window. */

import "../css/components/explorer.css";
import { Explorer } from "./explorer";

const root = document.querySelector<HTMLElement>("[data-explorer=full]");
const { focus, sliceUrl, exploreUrl } = root?.dataset ?? {};

if (root && focus && sliceUrl && exploreUrl) {
  void Explorer.start(root, { focus, sliceUrl, exploreUrl, embedded: false }).then((explorer) => {
    for (const table of document.querySelectorAll<HTMLElement>("[data-explorer-table]")) table.hidden = true;
    // A page kept for the back button keeps its picture; one that goes gives everything back.
    addEventListener("pagehide", (event) => {
      if (!event.persisted) explorer.destroy();
    });
    return explorer.open();
  });
}
