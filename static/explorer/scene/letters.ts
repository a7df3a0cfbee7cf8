/* How wide letters are, so that labels can be placed before anything is measured: a canvas takes milliseconds for its first texts in a font. */

/** Hundredths of the font size from the space to the tilde: Inter at weight 500, Source Serif 4 at 420. */
const SANS = widths(
  "27 30 49 64 65 99 65 31 37 37 52 67 30 46 30 37 65 42 62 63 66 60 63 57 63 63 30 32 67 67 67 53 98 71 66 73 72 60 59 75 74 27 58 69 57 91 76 77 64 77 65 65 65 74 71 100 70 70 64 37 37 37 48 46 34 57 62 58 62 59 38 62 60 25 25 56 25 89 60 60 62 62 39 54 34 60 57 83 56 58 56 44 35 44 67",
);
const SERIF = widths(
  "24 29 38 53 52 93 73 18 36 36 46 53 30 32 30 34 53 53 53 53 53 53 53 53 53 53 30 30 53 53 53 42 84 71 65 66 74 64 61 72 81 38 38 71 62 93 77 74 62 74 69 55 63 76 71 101 67 67 59 34 34 34 53 51 40 54 62 52 61 53 37 56 64 33 30 60 33 96 64 58 62 60 46 47 36 63 58 84 57 59 49 36 29 36 53",
);
const STRONG = 1.035; // bold letters are this much wider at most, by and large

function widths(table: string): readonly number[] {
  return table.split(" ").map(Number);
}

/** The width of a letter in pixels; undefined for one that is not in the tables. */
export function letterWidth(letter: string, size: number, serif: boolean, strong: boolean): number | undefined {
  const width = (serif ? SERIF : SANS)[letter.charCodeAt(0) - 32];
  return width === undefined || letter.length > 1 ? undefined : (width / 100) * size * (strong ? STRONG : 1);
}
