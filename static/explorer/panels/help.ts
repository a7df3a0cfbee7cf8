/* What keys and gestures do, in a dialog. */

import { button, make } from "./dom";
import { icon } from "./icons";

const KEYS: readonly (readonly [string, string])[] = [
  ["← ↑ → ↓", "Go to the neighbour in that direction, along a relation"],
  ["Shift ← ↑ → ↓", "Move the picture"],
  ["Space", "Keep it selected and add the next one"],
  ["Enter", "Open the page of the selected record"],
  ["E", "Expand: draw what is around it"],
  ["C", "Collapse it again"],
  ["F", "Centre the picture on it: it becomes the focus"],
  ["B", "Draw the path between two selected records, or take it away"],
  ["H", "Hide what is selected"],
  ["Shift H", "Show all that was hidden"],
  ["P", "Hold it in place, or release it"],
  ["U or Ctrl Z", "Undo"],
  ["R or Ctrl Y", "Do again"],
  ["L", "Arrange the picture anew; what is held stays"],
  ["G", "Freeze: nothing moves by itself"],
  ["+ −", "Zoom"],
  ["0", "Show everything"],
  ["/", "Find in the picture"],
  ["T", "Table or picture"],
  ["Esc", "Clear the selection"],
  ["?", "This help"],
];

const GESTURES: readonly (readonly [string, string])[] = [
  ["Point", "See a record and its relations, or a relation: who, on what, when"],
  ["Click", "Select it"],
  ["Shift click, long press", "Select one more"],
  ["Shift drag", "Draw a box: select what is inside"],
  ["Double click", "Expand it"],
  ["Drag a record", "Move it; it stays there"],
  ["Drag the ground", "Move the picture"],
  ["Wheel or pinch", "Zoom; inside a page click the picture first"],
  ["Legend", "Hide or show what an entry stands for"],
];

function listOf(rows: readonly (readonly [string, string])[], tag: "kbd" | "span"): HTMLElement {
  const list = make("dl", { class: "explorer__keys" });
  for (const [name, meaning] of rows) list.append(make("div", {}, make("dt", {}, make(tag, {}, name)), make("dd", {}, meaning)));
  return list;
}

export function makeHelp(): HTMLDialogElement {
  const dialog = make("dialog", { class: "explorer__help", "aria-label": "Keys and gestures" });
  dialog.append(
    make("header", { class: "explorer__panel-head" }, make("h2", { class: "explorer__panel-name" }, "Keys and gestures"), button("Close", icon("close"), () => dialog.close(), { class: "explorer__button" })),
    make("p", { class: "explorer__more" }, "Keys work while the picture has the focus."),
    make("div", { class: "explorer__help-parts" }, listOf(KEYS, "kbd"), listOf(GESTURES, "span")),
  );
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  return dialog;
}
