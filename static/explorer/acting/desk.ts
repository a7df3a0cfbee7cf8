/* What everything that acts on the explorer shares. */

import { plain } from "../panels/words";
import type { PictureNode } from "../state/picture";
import type { Stage } from "../scene/stage";
import type { Store } from "../state/actions";
import type { State } from "../state/state";
import type { Colour, Layout } from "../state/values";

export interface Options {
  readonly focus: string;
  readonly sliceUrl: string;
  readonly exploreUrl: string;
  readonly embedded: boolean;
  /** How many records the first picture holds; by default as many as its width allows. */
  readonly limit?: number;
  /** How far the first picture reaches, and of which kinds it and its expansions are ("work"). */
  readonly radius?: number;
  readonly kinds?: string;
  /** How the picture looks before anything is chosen. */
  readonly colour?: Colour;
  readonly layout?: Layout;
  readonly pathUrl?: string;
  readonly searchUrl?: string;
  /** Only for members. */
  readonly saveUrl?: string;
  /** Told when another record has become the focus. */
  readonly focused?: (focus: PictureNode) => void;
}

export interface Desk {
  readonly root: HTMLElement;
  readonly options: Options;
  readonly store: Store;
  readonly stage: Stage;
  /** Aborted when the explorer is taken away. */
  readonly ended: AbortSignal;
  /** Tell those who cannot see the picture what has happened. */
  say(words: string): void;
}

export function nameOf(state: State, id: string): string {
  return plain(state.picture?.nodes.get(id)?.label ?? id);
}
