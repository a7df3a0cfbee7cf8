/* The explorer inside a page; loaded by embed.ts when its figure comes near the view. */

import { Explorer } from "./explorer";
import { optionsOf } from "./options";

export async function startEmbedded(root: HTMLElement): Promise<void> {
  const options = optionsOf(root);
  if (!options) return;
  const explorer = new Explorer(root, { ...options, embedded: true });
  // A page kept for the back button keeps its picture; one that goes gives everything back.
  addEventListener("pagehide", (event) => {
    if (!event.persisted) explorer.destroy();
  });
  await explorer.open();
}
