import { deadlineWheel, type Runtime } from '@tutti/core';

/** Lets whoever asks for deliveries wait until something may have changed what can be handed out. */
export class Wake {
  readonly #runtime: Runtime;
  #news = 0;
  #wake: (() => void) | undefined;
  #waking = false;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Counts what may have changed. */
  get news(): number {
    return this.#news;
  }

  up(): void {
    this.#news++;
    this.#wake?.();
  }

  /** After everything that has come by now was read: so that one call gives as much as there is. */
  soon(): void {
    this.#news++;
    if (!this.#wake || this.#waking) return;
    this.#waking = true;
    this.#runtime.clock.afterInput(() => {
      this.#waking = false;
      this.up();
    });
  }

  /** One waits at a time: the next to come ends the wait of the one before. */
  waits(endsAt: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        deadline.cancel();
        signal.removeEventListener('abort', done);
        if (this.#wake === done) this.#wake = undefined;
        resolve();
      };
      const deadline = deadlineWheel(this.#runtime.clock).at(endsAt, done);
      signal.addEventListener('abort', done, { once: true });
      this.#wake?.();
      this.#wake = done;
    });
  }
}
