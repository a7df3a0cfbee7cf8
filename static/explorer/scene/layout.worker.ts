/* Arranges pictures off the page's thread: one question, one answer with the same ticket. */

import { type Arrangement, arranged } from "./arrange";

export interface Question {
  readonly ticket: number;
  readonly input: Arrangement;
}

export interface Answer {
  readonly ticket: number;
  readonly x: Float32Array<ArrayBuffer>;
  readonly y: Float32Array<ArrayBuffer>;
}

addEventListener("message", (event: MessageEvent<Question>) => {
  const { x, y } = arranged(event.data.input);
  const answer: Answer = { ticket: event.data.ticket, x: new Float32Array(x), y: new Float32Array(y) };
  postMessage(answer, { transfer: [answer.x.buffer, answer.y.buffer] });
});
