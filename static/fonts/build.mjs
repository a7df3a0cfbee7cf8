// Cuts the letters of most European names out of Inter's "latin-ext" file (85 kB, of which a name needs 15):
//   npm install --no-save subset-font && node static/fonts/build.mjs
// The result is kept in the repository. Inter is under the SIL Open Font License 1.1, without a reserved font name.
import { readFileSync, writeFileSync } from "node:fs";
import subsetFont from "subset-font";

// The same ranges stand in static/css/fonts.css.
const RANGES = [
  [0x0100, 0x017f],
  [0x01c4, 0x01cc],
  [0x01e6, 0x01e7],
  [0x0218, 0x021b],
  [0x1e80, 0x1e85],
  [0x1e9e, 0x1e9e],
];

const source = new URL("../../node_modules/@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2", import.meta.url);
const letters = RANGES.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, n) => String.fromCodePoint(first + n)));
const cut = await subsetFont(readFileSync(source), letters.join(""), { targetFormat: "woff2" });
writeFileSync(new URL("inter-european-wght-normal.woff2", import.meta.url), cut);
