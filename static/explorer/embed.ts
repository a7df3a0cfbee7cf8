/* Pages with an embedded explorer: the rest of the code is loaded when the figure comes near the view. */

import "./styles";

async function start(root: HTMLElement): Promise<void> {
  const { startEmbedded } = await import("./embedded");
  await startEmbedded(root);
}

function fail(root: HTMLElement): void {
  const wait = root.querySelector("[data-explorer-wait]");
  if (wait) wait.textContent = "The explorer could not be loaded. Load the page again, or open the full explorer below.";
}

const near = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting || !(target instanceof HTMLElement)) continue;
      near.unobserve(target);
      start(target).catch(() => fail(target));
    }
  },
  { rootMargin: "240px" },
);

for (const root of document.querySelectorAll<HTMLElement>("[data-explorer=embedded]")) near.observe(root);
