/* The explorer inside a page; loaded by embed.ts when its figure comes near the view. */

import { Explorer } from "./explorer";
import { optionsOf } from "./options";

export async function startEmbedded(root: HTMLElement): Promise<void> {
  const options = optionsOf(root);
  if (!options) return;
  await new Explorer(root, { ...options, embedded: true }).open();
}
