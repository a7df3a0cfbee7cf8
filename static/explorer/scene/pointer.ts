/* Mouse, pen and touch on the stage, told as what the reader means: point, press, press twice, drag, pan, zoom. */

import type { Point } from "./camera";
import type { Area } from "./pointing";

export interface Intent {
  /** The node under a point, or null. `touch` asks for a larger reach. */
  nodeAt(at: Point, touch: boolean): string | null;
  hover(node: string | null, at: Point | null): void;
  /** `adds`: to what is selected, with the shift key. */
  press(node: string | null, adds: boolean): void;
  /** A box is being drawn (shift and drag); null when it has ended. */
  box(area: Area | null, ended: boolean): void;
  pressTwice(node: string | null, at: Point): void;
  drag(node: string, at: Point): void;
  dropped(node: string): void;
  pan(dx: number, dy: number): void;
  zoom(at: Point, factor: number): void;
  /** Whether a turning wheel zooms; where it does not, the page scrolls. */
  wheelZooms(event: WheelEvent): boolean;
}

const SLACK = 4;
const TWICE = 320;
const LONG = 480; // milliseconds a finger rests on a record before it is taken into the selection

function areaOf(a: Point, b: Point): Area {
  return { left: Math.min(a.x, b.x), top: Math.min(a.y, b.y), right: Math.max(a.x, b.x), bottom: Math.max(a.y, b.y) };
}

function apart(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

export function listenToPointer(stage: HTMLElement, intent: Intent, signal: AbortSignal): void {
  const down = new Map<number, Point>();
  let start: Point = { x: 0, y: 0 };
  let grabbed: string | null = null;
  let moving = false;
  let pinched = false;
  let boxing = false;
  let held = 0;
  let last = { time: 0, node: "" as string | null, at: start };

  const place = (event: MouseEvent): Point => {
    const box = stage.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  const pinch = (id: number, at: Point): void => {
    const before = down.get(id);
    const other = [...down].find(([key]) => key !== id)?.[1];
    if (!before || !other) return;
    const factor = apart(at, other) / Math.max(1, apart(before, other));
    intent.zoom({ x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 }, factor);
    intent.pan((at.x - before.x) / 2, (at.y - before.y) / 2);
  };

  const press = (node: string): void => {
    held = -1; // letting go is no press any more
    intent.press(node, true);
  };

  const released = (event: PointerEvent, at: Point): void => {
    if (boxing) {
      boxing = false;
      intent.box(moving ? areaOf(start, at) : null, true);
      if (moving) return;
    }
    if (moving) {
      if (grabbed !== null) intent.dropped(grabbed);
      return;
    }
    if (pinched || held < 0) return;
    const node = intent.nodeAt(at, event.pointerType !== "mouse");
    const twice = event.timeStamp - last.time < TWICE && last.node === node && apart(last.at, at) < 20;
    if (twice) intent.pressTwice(node, at);
    else intent.press(node, event.shiftKey);
    last = { time: twice ? 0 : event.timeStamp, node, at };
  };

  stage.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button !== 0 || (event.target as Element).closest("button, a, input, aside")) return;
      const at = place(event);
      stage.setPointerCapture(event.pointerId);
      down.set(event.pointerId, at);
      clearTimeout(held);
      if (down.size === 2) {
        pinched = true;
        return;
      }
      [start, moving, pinched] = [at, false, false];
      grabbed = intent.nodeAt(at, event.pointerType !== "mouse");
      boxing = event.shiftKey && grabbed === null;
      held = 0;
      // A finger has no shift key: resting on a record does the same.
      if (event.pointerType !== "mouse" && grabbed !== null) held = window.setTimeout(press, LONG, grabbed);
    },
    { signal },
  );

  stage.addEventListener(
    "pointermove",
    (event) => {
      const at = place(event);
      const before = down.get(event.pointerId);
      if (!before) {
        const over = event.pointerType === "mouse" && event.buttons === 0 && !(event.target as Element).closest("button, a, input, aside");
        if (over) intent.hover(intent.nodeAt(at, false), at);
        return;
      }
      if (down.size === 2) pinch(event.pointerId, at);
      else if (!pinched && (moving || apart(at, start) > SLACK)) {
        if (!moving) intent.hover(null, null);
        moving = true;
        clearTimeout(held);
        if (boxing) intent.box(areaOf(start, at), false);
        else if (grabbed === null) intent.pan(at.x - before.x, at.y - before.y);
        else intent.drag(grabbed, at);
      }
      down.set(event.pointerId, at);
    },
    { signal },
  );

  stage.addEventListener(
    "pointerup",
    (event) => {
      if (!down.delete(event.pointerId)) return;
      if (held > 0) clearTimeout(held);
      if (down.size === 0) released(event, place(event));
    },
    { signal },
  );
  stage.addEventListener(
    "pointercancel",
    (event) => {
      down.delete(event.pointerId);
      if (held > 0) clearTimeout(held);
      if (boxing) intent.box(null, true);
      boxing = false;
    },
    { signal },
  );
  stage.addEventListener("pointerleave", () => intent.hover(null, null), { signal });
  stage.addEventListener("contextmenu", (event) => held !== 0 && event.preventDefault(), { signal }); // the menu a resting finger would open
  stage.addEventListener(
    "wheel",
    (event) => {
      if (!intent.wheelZooms(event)) return;
      event.preventDefault();
      const step = event.deltaMode === 1 ? event.deltaY * 16 : event.deltaY;
      intent.zoom(place(event), Math.exp(-Math.max(-240, Math.min(240, step)) * (event.ctrlKey ? 0.008 : 0.0022)));
    },
    { signal, passive: false },
  );
}
