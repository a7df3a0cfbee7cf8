/* Text inside XML: escaped, and without the characters XML cannot hold. */

const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const NAMES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;" };

export function legal(text: string): string {
  return text.replace(FORBIDDEN, "");
}

export function escaped(text: string): string {
  return legal(text).replace(/[&<>"'\n\r\t]/g, (letter) => NAMES[letter] ?? letter);
}
