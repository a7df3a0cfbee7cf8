/* Asking the portal for slices. Every failure is a sentence a reader can act on. */

import { type Slice, SliceError, readSlice } from "./slice";

/** The slice could not be had; the message says why in words, `again` whether asking again may help. */
export class AskError extends Error {
  readonly again: boolean;

  constructor(message: string, again: boolean) {
    super(message);
    this.again = again;
  }
}

const PATIENCE = 15_000;
const LONGEST_QUERY = 3_000; // servers refuse longer first lines
const EXPANSION_LIMIT = 24;

function refusal(status: number): AskError {
  if (status === 404) return new AskError("This record is not in the portal any more.", false);
  if (status === 429) return new AskError("Too many questions at once. Wait a moment, then try again.", true);
  if (status >= 500) return new AskError("The portal could not work this out just now.", true);
  return new AskError("The portal did not accept this question.", false);
}

async function ask(address: string, signal: AbortSignal): Promise<Slice> {
  let response: Response;
  try {
    response = await fetch(address, { headers: { accept: "application/json" }, signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]) });
  } catch (error) {
    if (signal.aborted) throw error;
    const late = error instanceof DOMException && error.name === "TimeoutError";
    throw new AskError(late ? "The portal took too long to answer." : navigator.onLine ? "The portal cannot be reached." : "You are offline. What is drawn stays here.", true);
  }
  if (!response.ok) throw refusal(response.status);
  try {
    return readSlice(await response.json());
  } catch (error) {
    if (error instanceof SliceError) throw new AskError(`The portal's answer could not be read (${error.message}).`, false);
    throw new AskError("The portal's answer could not be read.", true);
  }
}

export function firstSlice(base: string, focus: string, limit: number, signal: AbortSignal): Promise<Slice> {
  return ask(`${base}?focus=${focus}&limit=${limit}`, signal);
}

/** Ids by kind, each kind named once ("researcher:12,13,work:7"), as many as an address may hold. */
function listed(ids: Iterable<string>): string {
  const byKind = [...ids].map((id) => id.split(":")).sort(([a = ""], [b = ""]) => a.localeCompare(b));
  let [names, last] = ["", ""];
  for (const [kind = "", key = ""] of byKind) {
    if (names.length > LONGEST_QUERY) break;
    names += `${names === "" ? "" : ","}${kind === last ? "" : `${kind}:`}${key}`;
    last = kind;
  }
  return names;
}

/** The address of an expansion: `known` names what is drawn already. */
export function expansionAddress(base: string, node: string, known: Iterable<string>): string {
  const names = listed(known);
  return `${base}?focus=${node}&limit=${EXPANSION_LIMIT}${names === "" ? "" : `&known=${names}`}`;
}

export function expansion(base: string, node: string, known: Iterable<string>, signal: AbortSignal): Promise<Slice> {
  return ask(expansionAddress(base, node, known), signal);
}
