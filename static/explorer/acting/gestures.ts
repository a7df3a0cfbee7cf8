/* The picture by mouse, pen and touch. */

import { make } from "../panels/dom";
import { listenToPointer } from "../scene/pointer";
import type { Deeds } from "./deeds";
import type { Desk } from "./desk";

const REACH = { mouse: 5, touch: 14, edge: 4 };

/** Listen on `surface` until the explorer ends. */
export function listenToGestures(surface: HTMLElement, desk: Desk, deeds: Deeds): void {
  const { stage, store, options } = desk;
  const box = make("div", { class: "explorer__box", hidden: true });
  surface.append(box);
  listenToPointer(
    surface,
    {
      nodeAt: (at, touch) => stage.nodeAt(at, touch ? REACH.touch : REACH.mouse),
      hover: (node, at) => {
        const edge = node === null && at !== null ? stage.edgeAt(at, REACH.edge) : null;
        surface.classList.toggle("explorer__surface--over", node !== null);
        store.dispatch({ type: "hover", node, edge });
      },
      press: (node, adds) => {
        if (node !== null || !adds) deeds.select(node, adds);
      },
      pressTwice: (node, at) => (node === null ? stage.zoom(1.7, at, true) : deeds.expand(node)),
      drag: (node, at) => stage.move(node, stage.toPlane(at)),
      dropped: (node) => deeds.pin(node),
      box: (area, ended) => {
        box.hidden = area === null || ended;
        if (area === null) return;
        Object.assign(box.style, { left: `${area.left}px`, top: `${area.top}px`, width: `${area.right - area.left}px`, height: `${area.bottom - area.top}px` });
        if (ended) deeds.selectAll(stage.nodesIn(area), true);
      },
      pan: (dx, dy) => stage.pan(dx, dy),
      zoom: (at, factor) => stage.zoom(factor, at),
      wheelZooms: (event) => !options.embedded || event.ctrlKey || document.activeElement === surface,
    },
    desk.ended,
  );
}
