// Follow and unfollow without leaving the page, with a way back. Without this script the form is sent and the page comes again.
interface Answer {
  is_following?: boolean;
  count?: number | null;
  said?: string;
}

export function follow(scope: ParentNode): void {
  for (const form of scope.querySelectorAll<HTMLFormElement>("form[data-follow]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void send(form);
    });
    form.dataset.follow = "here"; // from now on the page stays
  }
}

async function send(form: HTMLFormElement, wasUndone = false): Promise<void> {
  const button = form.querySelector<HTMLButtonElement>("button");
  if (!button || button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  let answer: Answer = {};
  try {
    // form.action would be the field of that name
    const response = await fetch(form.getAttribute("action") ?? "", { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
    if (!(response.headers.get("Content-Type") ?? "").startsWith("application/json")) throw new Error(`answered ${response.status}`);
    answer = (await response.json()) as Answer;
  } catch {
    // The form knows the way without us: a login that ended or a fault shows itself on a page.
    form.submit();
    return;
  } finally {
    button.removeAttribute("aria-busy");
  }
  if (answer.is_following !== undefined) show(form, button, answer.is_following, answer.count ?? null);
  tell(form, answer.said ?? "", answer.is_following !== undefined && !wasUndone);
}

function show(form: HTMLFormElement, button: HTMLButtonElement, isFollowing: boolean, count: number | null): void {
  const action = form.querySelector<HTMLInputElement>("input[name=action]");
  if (action) action.value = isFollowing ? "unfollow" : "follow";
  button.setAttribute("aria-pressed", String(isFollowing));
  if (!button.classList.contains("button--small")) button.classList.toggle("button--primary", !isFollowing);
  const word = button.querySelector("[data-follow-word]");
  if (word) word.textContent = isFollowing ? "Following" : "Follow";
  const number = button.querySelector("[data-follow-count]");
  if (number && count !== null) number.textContent = String(count);
}

function tell(form: HTMLFormElement, said: string, offersUndo: boolean): void {
  let line = form.querySelector<HTMLElement>(".follow__said");
  if (!line) {
    line = document.createElement("p");
    line.className = "follow__said";
    line.setAttribute("role", "status");
    form.append(line);
  }
  line.replaceChildren(said);
  if (!offersUndo) return;
  const undo = document.createElement("button");
  undo.type = "button";
  undo.className = "follow__undo";
  undo.textContent = "Undo";
  undo.addEventListener("click", () => {
    void send(form, true);
    form.querySelector<HTMLButtonElement>("button[type=submit]")?.focus();
  });
  line.append(" ", undo);
}
