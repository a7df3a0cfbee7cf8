// Passkeys: forms marked data-passkey get their credential from the browser before they are sent.
// "create" and "get" read their options from the page, "login" asks the form's own address for them.

type Manner = "create" | "get" | "login";

export function start(root: ParentNode): void {
  if (!("credentials" in navigator) || typeof PublicKeyCredential === "undefined" || !PublicKeyCredential.parseRequestOptionsFromJSON) {
    root.querySelectorAll("form[data-passkey] [data-passkey-said]").forEach((said) => {
      said.textContent = "This browser knows no passkeys.";
    });
    return;
  }
  root.querySelectorAll<HTMLFormElement>("form[data-passkey]").forEach(prepare);
}

function prepare(form: HTMLFormElement): void {
  const said = form.querySelector<HTMLElement>("[data-passkey-said]");
  form.hidden = false;
  if (said) said.hidden = true;
  form.querySelectorAll("button").forEach((button) => {
    button.disabled = false;
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void ask(form).then(
      (credential) => {
        const field = form.elements.namedItem("credential") as HTMLInputElement;
        field.value = JSON.stringify(credential);
        form.submit();
      },
      (error: unknown) => {
        if (!said) return;
        said.hidden = false;
        said.textContent = inWords(error);
      },
    );
  });
}

async function ask(form: HTMLFormElement): Promise<unknown> {
  const manner = form.dataset.passkey as Manner;
  const options = await optionsOf(form, manner);
  if (manner === "create") {
    const creation = options.creation_options.publicKey;
    const passwordless = (form.elements.namedItem("passwordless") as HTMLInputElement | null)?.checked;
    if (passwordless) {
      creation.authenticatorSelection = { ...creation.authenticatorSelection, residentKey: "required", requireResidentKey: true, userVerification: "required" };
    }
    return asJson(await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(creation) }));
  }
  return asJson(await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options.request_options.publicKey) }));
}

// eslint-disable-next-line -- the shape is WebAuthn's own JSON, checked by the browser's parse functions
async function optionsOf(form: HTMLFormElement, manner: Manner): Promise<any> {
  if (manner === "login") {
    const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error("The portal did not answer.");
    return answer.json();
  }
  return JSON.parse(document.getElementById(form.dataset.passkeyOptions ?? "")?.textContent ?? "{}");
}

function asJson(credential: Credential | null): unknown {
  if (!credential) throw new Error("No key was chosen.");
  return (credential as PublicKeyCredential).toJSON();
}

function inWords(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError") return "Nothing was chosen, or it took too long. Try again.";
  if (name === "InvalidStateError") return "This key is linked to your account already.";
  if (name === "SecurityError") return "Passkeys work on https and on localhost only.";
  return "The key could not be used. Try again.";
}
