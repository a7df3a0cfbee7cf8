// The list under a search field: a combobox as the WAI-ARIA authoring practices describe it.
// Without it the field is an ordinary form that leads to /search/.
const SHORTEST = 2;
const PAUSE = 140; // milliseconds without a key before asking

export function suggest(field: HTMLInputElement): void {
  if (field.dataset.suggests) return;
  field.dataset.suggests = "yes";
  const form = field.form;
  if (!form) return;
  const list = document.createElement("ul");
  list.className = "suggestions";
  list.id = `${field.id}-suggestions`;
  list.role = "listbox";
  list.ariaLabel = "Suggestions";
  list.hidden = true;
  form.append(list);
  const said = document.createElement("p");
  said.className = "visually-hidden";
  said.role = "status";
  form.append(said);
  field.role = "combobox";
  field.ariaAutoComplete = "list";
  field.ariaExpanded = "false";
  field.setAttribute("aria-controls", list.id);

  let asked = new AbortController();

  const options = (): HTMLElement[] => [...list.querySelectorAll<HTMLElement>("[role=option]")];
  const chosen = (): number => options().findIndex((option) => option.ariaSelected === "true");

  function close(): void {
    asked.abort();
    list.hidden = true;
    field.ariaExpanded = "false";
    field.removeAttribute("aria-activedescendant");
  }

  function choose(index: number): void {
    const all = options();
    all.forEach((option, at) => (option.ariaSelected = String(at === index)));
    const option = all[index];
    if (!option) return field.removeAttribute("aria-activedescendant");
    field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  function show(html: string): void {
    list.innerHTML = html; // written and escaped by templates/search/suggestions.html
    const all = options();
    for (const option of all) option.id = `${list.id}-${option.id}`;
    list.hidden = all.length === 0;
    field.ariaExpanded = String(all.length > 0);
    field.removeAttribute("aria-activedescendant");
    said.textContent = all.length ? `${all.length} suggestions, use the arrow keys` : "";
  }

  async function ask(): Promise<void> {
    asked.abort();
    asked = new AbortController();
    const words = field.value.trim();
    if (words.length < SHORTEST) return close();
    try {
      const answer = await fetch(`/search/?part=suggestions&q=${encodeURIComponent(words)}`, { signal: asked.signal });
      if (answer.ok && document.activeElement === field) show(await answer.text());
    } catch {
      // Typed on, or no connection: the form itself still searches.
    }
  }

  let pause: ReturnType<typeof setTimeout> | undefined;
  field.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(() => void ask(), PAUSE);
  });
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    const count = options().length;
    if (event.key === "Escape" && !list.hidden) {
      close();
      event.preventDefault();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && count && !list.hidden) {
      const step = event.key === "ArrowDown" ? 1 : -1;
      const from = chosen();
      choose(from < 0 && step < 0 ? count - 1 : (from + step + count) % count);
      event.preventDefault();
    } else if (event.key === "Enter" && !list.hidden) {
      const address = options()[chosen()]?.dataset.address;
      if (!address) return;
      event.preventDefault();
      location.assign(address);
    }
  });
  // pointerdown, since the field loses the focus before a click arrives
  list.addEventListener("pointerdown", (event) => {
    const option = event.target instanceof Element ? event.target.closest<HTMLElement>("[role=option]") : null;
    event.preventDefault();
    if (option?.dataset.address && event.button === 0) location.assign(option.dataset.address);
  });
}
