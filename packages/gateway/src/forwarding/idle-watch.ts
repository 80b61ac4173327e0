import { type Clock, type Deadline, deadlineWheel } from '@tutti/core';

export interface IdleWatchOptions {
  readonly clock: Clock;
  readonly idleMs: number;
  /** A count that grows with what moves elsewhere: looked at only when the time has passed. */
  readonly elsewhere?: () => number;
  /** Called once, when nothing has moved for so long. */
  readonly onIdle: () => void;
}

/** Notices that nothing moves any more. Costs a reading of the clock a movement, and no timer of its own. */
export class IdleWatch {
  readonly #options: IdleWatchOptions;
  #movedAt: number;
  #elsewhere: number;
  #pending: Deadline | undefined;

  constructor(options: IdleWatchOptions) {
    this.#options = options;
    this.#movedAt = options.clock.now();
    this.#elsewhere = options.elsewhere?.() ?? 0;
    this.#wait();
  }

  moved(): void {
    this.#movedAt = this.#options.clock.now();
  }

  stop(): void {
    this.#pending?.cancel();
    this.#pending = undefined;
  }

  #wait(): void {
    const { clock, idleMs } = this.#options;
    this.#pending = deadlineWheel(clock).at(this.#movedAt + idleMs, () => this.#look());
  }

  #look(): void {
    const { clock, idleMs, elsewhere, onIdle } = this.#options;
    const count = elsewhere?.() ?? 0;
    if (count !== this.#elsewhere) {
      this.#elsewhere = count;
      this.#movedAt = clock.now();
    }
    if (clock.now() - this.#movedAt >= idleMs) onIdle();
    else this.#wait();
  }
}
