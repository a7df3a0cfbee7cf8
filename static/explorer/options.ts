/* What the page's element says about its explorer: the same attributes for the embedded and the full one. */

import type { Options } from "./acting/desk";
import { COLOURS, LAYOUTS } from "./state/values";

/** Read `data-focus`, `data-slice-url`, `data-explore-url` and what may be added; null where one of these three is missing.
    `data-kinds`, `data-radius`, `data-colour` and `data-layout-first` make another picture of it: works alone, told apart as citing and cited, on a time axis. */
export function optionsOf(root: HTMLElement): Omit<Options, "embedded"> | null {
  const { focus, sliceUrl, exploreUrl, limit, radius, kinds, colour, layoutFirst, pathUrl, searchUrl, saveUrl } = root.dataset;
  if (!focus || !sliceUrl || !exploreUrl) return null;
  const [asColour, asLayout] = [COLOURS.find((one) => one === colour), LAYOUTS.find((one) => one === layoutFirst)];
  return {
    focus,
    sliceUrl,
    exploreUrl,
    ...(limit ? { limit: Number(limit) } : {}),
    ...(radius ? { radius: Number(radius) } : {}),
    ...(kinds ? { kinds } : {}),
    ...(asColour ? { colour: asColour } : {}),
    ...(asLayout ? { layout: asLayout } : {}),
    ...(pathUrl ? { pathUrl } : {}),
    ...(searchUrl ? { searchUrl } : {}),
    ...(saveUrl ? { saveUrl } : {}),
  };
}
