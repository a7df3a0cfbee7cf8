// Draws static/icons/sprite.svg from the icons of Lucide (ISC) named here: `npm run icons`.
// The sprite is kept in the repository, so a page needs no build to show an icon.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const NAMES = [
  "arrow-down", "arrow-left", "arrow-right", "arrow-up", "arrow-up-right", "bell", "book-open", "building-2", "calendar", "check", "chevron-down",
  "chevron-left", "chevron-right", "circle-alert", "circle-check", "circle-help", "code", "copy", "database", "download", "external-link", "eye",
  "file-text", "fingerprint", "flask-conical", "folder-plus", "handshake", "history", "house", "info", "link", "list", "list-filter", "lock", "lock-open", "log-in",
  "log-out", "mail", "maximize", "menu", "message-square", "minus", "moon", "network", "pencil", "plus", "quote", "rotate-ccw", "scale", "search",
  "settings", "shield", "shield-check", "sun", "table-2", "tag", "trash-2", "triangle-alert", "user", "user-check", "user-plus", "user-round-search",
  "users", "waypoints", "x", "zoom-in", "zoom-out",
];

const folder = new URL("../../node_modules/lucide-static/icons/", import.meta.url);
const symbols = NAMES.map((name) => {
  const drawing = readFileSync(new URL(`${name}.svg`, folder), "utf8");
  const inner = drawing.slice(drawing.indexOf(">", drawing.indexOf("<svg")) + 1, drawing.lastIndexOf("</svg>"));
  return `<symbol id="${name}" viewBox="0 0 24 24">${inner.replace(/\s*\n\s*/g, "")}</symbol>`;
});
const target = fileURLToPath(new URL("sprite.svg", import.meta.url));
writeFileSync(target, `<!-- Icons of Lucide, lucide.dev, ISC licence -->\n<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`);
