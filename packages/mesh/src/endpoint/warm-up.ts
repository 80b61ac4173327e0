import { type SlowStart, slowStartShare } from './slow-start.ts';

/** How far one endpoint has been led up to its full share. Once it is there it stays there until it begins anew. */
export class WarmUp {
  /** Milliseconds on the clock; `-Infinity` for one that is led up no more. */
  #since: number;

  /** @param since `-Infinity` for one that has its full share from the start. */
  constructor(since: number) {
    this.#since = since;
  }

  /** It was ill and is well again. */
  restart(now: number): void {
    this.#since = now;
  }

  /** Above 0 and at most 1. A policy without a slow start makes it 1 and forgets nothing. */
  share(now: number, slowStart: SlowStart | undefined): number {
    if (slowStart === undefined || this.#since === Number.NEGATIVE_INFINITY) return 1;
    const share = slowStartShare(now - this.#since, slowStart);
    if (share === 1) this.#since = Number.NEGATIVE_INFINITY;
    return share;
  }
}
