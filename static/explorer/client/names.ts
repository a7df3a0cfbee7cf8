/* Names of records as addresses spell them: "researcher:12", and lists that name each kind once: "researcher:12,13,work:7". */

import { KINDS } from "./slice";

const NODE = new RegExp(`^(${KINDS.join("|")}):[1-9]\\d{0,17}$`);

export function isNodeId(id: string): boolean {
  return NODE.test(id);
}

/** In the order given, the kind named where it changes. */
export function listed(ids: Iterable<string>): string {
  let last = "";
  const parts: string[] = [];
  for (const id of ids) {
    const [kind = "", key = ""] = id.split(":");
    parts.push(kind === last ? key : id);
    last = kind;
  }
  return parts.join(",");
}

/** What such a list names, each once; what is no name is left out. */
export function unlisted(value: string | null, most: number): string[] {
  const found = new Set<string>();
  let kind = "";
  for (const part of (value ?? "").split(",", 4 * most)) {
    const [head = "", key] = part.split(":", 2);
    if (key !== undefined) kind = head;
    const id = `${kind}:${key ?? head}`;
    if (isNodeId(id)) found.add(id);
  }
  return [...found].slice(0, most);
}

const STEP = new RegExp(`^(.+?)(?:~(${KINDS.join("|")}))?$`);

/** Expansions in their order, "work:7" or "work:7~topic"; those of one kind may come again. */
export function stepsUnlisted(value: string | null, most: number): string[] {
  let kind = "";
  return (value ?? "")
    .split(",", 4 * most)
    .flatMap((part) => {
      const [, name = "", more] = STEP.exec(part) ?? [];
      const [head = "", key] = name.split(":", 2);
      if (key !== undefined) kind = head;
      const id = `${kind}:${key ?? head}`;
      return isNodeId(id) ? [more ? `${id}~${more}` : id] : [];
    })
    .filter((step, place, all) => step.includes("~") || all.indexOf(step) === place)
    .slice(0, most);
}
