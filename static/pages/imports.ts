// Keeps the figures of running imports current. Without it, loading the page again does.
const EVERY = 2000;

export function refresh(part: HTMLElement): void {
  const address = part.dataset.refresh;
  if (!address) return;
  const isLive = (): boolean => part.querySelector(".live")?.getAttribute("data-live") === "yes";
  const again = (): void => {
    if (isLive()) setTimeout(() => void ask(), EVERY);
  };
  async function ask(): Promise<void> {
    // What somebody is about to press must not be replaced under their hand.
    if (!document.hidden && !part.contains(document.activeElement)) {
      try {
        const answer = await fetch(`${location.pathname}${address}`, { headers: { Accept: "text/html" } });
        if (answer.ok && !answer.redirected) part.innerHTML = await answer.text(); // our own template, escaped there
        else if (!answer.ok) return;
      } catch {
        // The server is away for a moment: ask again.
      }
    }
    again();
  }
  again();
}
