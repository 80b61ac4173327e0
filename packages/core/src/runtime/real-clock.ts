import type { Clock, Timer } from './clock.ts';

const longestTimeoutMs = 2 ** 31 - 1;

/** Looks at the global once instead of each time, which is a fifth of what it costs; and not before it is needed, as Node loads much for it. */
let now = (): number => {
  now = performance.now.bind(performance);
  return now();
};

/** The machine's clock. */
export const realClock: Clock = Object.freeze({
  now: (): number => now(),
  epoch: (): number => Date.now(),
  after: (delayMs: number, callback: () => void): Timer => new RealTimer(now() + delayMs, callback),
  // the check phase follows the poll phase, in which the sockets are read
  afterInput: (callback: () => void): void => void setImmediate(callback),
});

/** Arms again when Node fires early (it rounds to its loop's clock) and when the delay is beyond Node's 24.8 days. */
class RealTimer implements Timer {
  readonly #at: number;
  readonly #callback: () => void;
  #timeout: NodeJS.Timeout;
  #kept = true;

  constructor(at: number, callback: () => void) {
    this.#at = at;
    this.#callback = callback;
    this.#timeout = this.#arm();
  }

  #arm(): NodeJS.Timeout {
    const restMs = Math.ceil(Math.max(0, this.#at - now()));
    const timeout = setTimeout(() => this.#fire(), Math.min(restMs, longestTimeoutMs));
    if (!this.#kept) timeout.unref();
    return timeout;
  }

  #fire(): void {
    if (now() < this.#at) this.#timeout = this.#arm();
    else this.#callback();
  }

  cancel(): void {
    clearTimeout(this.#timeout);
  }

  unref(): void {
    this.#kept = false;
    this.#timeout.unref();
  }

  ref(): void {
    this.#kept = true;
    this.#timeout.ref();
  }
}
