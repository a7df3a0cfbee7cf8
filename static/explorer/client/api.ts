/* Asking the portal. Every failure is a sentence a reader can act on. */

import { listed } from "./names";
import { type Found, type Hit, readHits, readPath } from "./answers";
import { type Slice, SliceError, readSlice } from "./slice";

/** The answer could not be had; the message says why in words, `again` whether asking again may help. */
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
  if (status === 403 || status === 401) return new AskError("Log in first, then try again.", false);
  if (status === 429) return new AskError("Too many questions at once. Wait a moment, then try again.", true);
  if (status >= 500) return new AskError("The portal could not work this out just now.", true);
  return new AskError("The portal did not accept this question.", false);
}

async function sent(address: string, signal: AbortSignal, more: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(address, { headers: { accept: "application/json" }, ...more, signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]) });
  } catch (error) {
    if (signal.aborted) throw error;
    const late = error instanceof DOMException && error.name === "TimeoutError";
    throw new AskError(late ? "The portal took too long to answer." : navigator.onLine ? "The portal cannot be reached." : "You are offline. What is drawn stays here.", true);
  }
}

async function ask<T>(address: string, signal: AbortSignal, read: (answer: unknown) => T): Promise<T> {
  const response = await sent(address, signal);
  if (!response.ok) throw refusal(response.status);
  try {
    return read(await response.json());
  } catch (error) {
    if (signal.aborted) throw error;
    if (error instanceof SliceError) throw new AskError(`The portal's answer could not be read (${error.message}).`, false);
    throw new AskError("The portal's answer could not be read.", true);
  }
}

/** What a picture is made of from the start: how far, of which kinds. */
export interface Scope {
  readonly limit: number;
  readonly radius?: number;
  readonly kinds?: string;
}

export function firstSlice(base: string, focus: string, scope: Scope, signal: AbortSignal): Promise<Slice> {
  const more = `${scope.radius && scope.radius > 1 ? `&radius=${scope.radius}` : ""}${scope.kinds ? `&kinds=${scope.kinds}` : ""}`;
  return ask(`${base}?focus=${focus}&limit=${scope.limit}${more}`, signal, readSlice);
}

/** Ids by kind, as many as an address may hold. */
function known(ids: Iterable<string>): string {
  const byKind = [...ids].map((id): [string, string] => [id.split(":")[0] ?? "", id]).sort(([a], [b]) => a.localeCompare(b));
  const names = listed(byKind.map(([, id]) => id));
  return names.length <= LONGEST_QUERY ? names : names.slice(0, names.lastIndexOf(",", LONGEST_QUERY));
}

/** The address of an expansion: `drawn` is what needs no answer. The reader's filters are no part of it: a link that is opened again
    goes through the same expansions, whatever was filtered when they were made. */
export function expansionAddress(base: string, node: string, drawn: Iterable<string>, kinds?: string): string {
  const names = known(drawn);
  return `${base}?focus=${node}&limit=${EXPANSION_LIMIT}${kinds ? `&kinds=${kinds}` : ""}${names === "" ? "" : `&known=${names}`}`;
}

export function expansion(base: string, node: string, drawn: Iterable<string>, signal: AbortSignal, kinds?: string): Promise<Slice> {
  return ask(expansionAddress(base, node, drawn, kinds), signal, readSlice);
}

/** The strongest of the shortest ways between two records, past nobody of `avoid`. */
export function pathBetween(base: string, from: string, to: string, avoid: readonly string[], signal: AbortSignal): Promise<Found> {
  const past = avoid.map((id) => `&avoid=${id}`).join("");
  return ask(`${base}?from=${from}&to=${to}${past}`, signal, readPath);
}

export function searchPortal(base: string, query: string, signal: AbortSignal): Promise<readonly Hit[]> {
  return ask(`${base}?q=${encodeURIComponent(query)}&limit=4`, signal, readHits);
}

export interface ViewToSave {
  readonly name: string;
  readonly note: string;
  readonly isPublic: boolean;
  /** The query of the explorer's page. */
  readonly address: string;
}

/** Keep a view; answers its address where the portal tells it. A refusal says why in the portal's words. */
export async function saveView(address: string, view: ViewToSave, token: string, signal: AbortSignal): Promise<string | null> {
  const headers = { accept: "application/json", "content-type": "application/json", "x-csrftoken": token };
  const body = JSON.stringify({ name: view.name, note: view.note, is_public: view.isPublic, state: { address: view.address } });
  const response = await sent(address, signal, { method: "POST", headers, body });
  const answer = (await response.json().catch(() => ({}))) as { url?: unknown; detail?: unknown };
  if (!response.ok) throw typeof answer.detail === "string" && response.status < 500 ? new AskError(answer.detail, false) : refusal(response.status);
  return typeof answer.url === "string" && /^\/(?![/\\])/.test(answer.url) ? answer.url : null;
}
