/* Tables for spreadsheets (RFC 4180). A cell that a spreadsheet would run as a formula is made text. */

import type { Content } from "./content";

type Cell = string | number | boolean | null;

/** A text cell as CSV: quoted where needed; a leading =, +, -, @, tab or return gets an apostrophe before it. */
export function cell(value: Cell): string {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  const safe = /^[\s\u0000-\u001f]*[=+\-@\t\r＝＋－＠]/u.test(value) ? `'${value}` : value;
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function table(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  // The mark at the beginning tells spreadsheets that this is UTF-8.
  return `\ufeff${[columns, ...rows].map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

export function nodesCsv({ nodes }: Content): string {
  const columns = ["id", "kind", "label", "weight", "year", "level", "community", "url", "x", "y"] as const;
  return table(
    columns,
    nodes.map((node) => columns.map((name) => node[name])),
  );
}

export function edgesCsv({ edges }: Content): string {
  const columns = ["source", "target", "kind", "directed", "weight", "firstYear", "lastYear", "works"] as const;
  return table(
    ["source", "target", "kind", "directed", "weight", "first_year", "last_year", "works"],
    edges.map((edge) => columns.map((name) => edge[name])),
  );
}
