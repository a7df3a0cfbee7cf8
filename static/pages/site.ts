// What every page does beyond its markup. Each page works without it.
import "../css/main.css";

const root = document.documentElement;

function shownTheme(): "light" | "dark" {
  const chosen = root.dataset.theme;
  if (chosen === "light" || chosen === "dark") return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

function switchTheme(): void {
  const next = shownTheme() === "dark" ? "light" : "dark";
  root.dataset.theme = next;
  try {
    localStorage.setItem("theme", next);
  } catch {
    // The choice holds for this page only.
  }
  // Drawings on a canvas repaint with the new tokens.
  document.dispatchEvent(new CustomEvent("themechange", { detail: next }));
}

function closeNotes(except: Element | null): void {
  for (const note of document.querySelectorAll<HTMLDetailsElement>("details:is(.why, .menu)[open]")) {
    if (!except || !note.contains(except)) note.open = false;
  }
}

for (const button of document.querySelectorAll("button[data-theme-switch]")) button.addEventListener("click", switchTheme);

document.addEventListener("click", (event) => closeNotes(event.target instanceof Element ? event.target : null));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector<HTMLDetailsElement>("details:is(.why, .menu)[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary")?.focus();
});

// "/" goes to the search field, as in most scholarly sites; never while somebody writes.
document.addEventListener("keydown", (event) => {
  const target = event.target;
  const writing = target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
  if (event.key !== "/" || writing || event.ctrlKey || event.metaKey || event.altKey) return;
  const field = document.querySelector<HTMLInputElement>("input[data-search]");
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
});

// A filter form applies when a choice is made; its button stays for readers without scripts.
for (const form of document.querySelectorAll<HTMLFormElement>("form[data-apply-at-once]")) {
  for (const choice of form.querySelectorAll("select, input[type=checkbox]")) choice.addEventListener("change", () => form.requestSubmit());
  form.querySelector("[data-apply]")?.setAttribute("hidden", "");
}

// "more" is shown only where the text is longer than its clamp.
for (const text of document.querySelectorAll<HTMLElement>(".clamped > .clamp")) {
  if (text.scrollHeight <= text.clientHeight + 2) text.nextElementSibling?.setAttribute("hidden", "");
}

// Mathematics is set only where there is some.
if (document.querySelector(".tex")) void import("./typeset").then(({ typeset }) => typeset(document));

// Suggestions come when a search field is first used, live figures where an import runs.
document.addEventListener("focusin", ({ target }) => {
  if (target instanceof HTMLInputElement && target.matches("input[data-search]")) void import("./search").then(({ suggest }) => suggest(target));
});
if (document.querySelector("[data-pick], [data-order]")) void import("./choosing").then(({ start }) => start(document));
if (document.querySelector("form[data-passkey]")) void import("./passkeys").then(({ start }) => start(document));
if (document.querySelector("form[data-follow]")) void import("./follow").then(({ follow }) => follow(document));
if (document.querySelector("select[data-fills]")) void import("./answering").then(({ offerAnswers }) => offerAnswers(document));
if (document.querySelector("button[data-copy]")) void import("./copying").then(({ offerCopies }) => offerCopies(document));
for (const part of document.querySelectorAll<HTMLElement>("[data-refresh]")) void import("./imports").then(({ refresh }) => refresh(part));
