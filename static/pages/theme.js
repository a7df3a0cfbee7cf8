// Runs before the first paint: the reader's choice of scheme, and the mark that scripts run at all.
(() => {
  const root = document.documentElement;
  root.dataset.scripts = "";
  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
  } catch {
    // Storage is closed to us: the system's scheme stands.
  }
})();
