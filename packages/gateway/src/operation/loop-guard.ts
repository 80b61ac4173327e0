import { type EventLoopMonitor, eventLoopMonitor, type Repeating, type Runtime, repeat } from '@tutti/core';

export interface LoopGuardOptions {
  /** By how much timers may be late, at the median, in two looks one after the other, before requests are turned away. */
  readonly maxDelayMs: number;
  readonly runtime: Runtime;
  /** @defaultValue the event loop of this thread */
  readonly monitor?: () => EventLoopMonitor;
}

const lookEveryMs = 500;
/** By how much the share of those who are turned away rises and falls from one look to the next. */
const [step, stepBack] = [0.2, 0.1];
/** Some are let in always: without work nobody would learn that it can be done again. */
const maxShare = 0.9;

/**
 * Turns away a share of the requests when this thread has more to do than it can. The share rises while timers are late and falls when they
 * are not, so that the thread keeps time to answer those that it takes.
 */
export class LoopGuard {
  readonly #options: LoopGuardOptions;
  #share = 0;
  #wasLate = false;
  #monitor: EventLoopMonitor | undefined;
  #looking: Repeating | undefined;

  constructor(options: LoopGuardOptions) {
    this.#options = options;
  }

  /** No timer runs before. */
  start(): void {
    if (this.#looking) return;
    const { runtime, monitor = eventLoopMonitor } = this.#options;
    this.#monitor = monitor();
    this.#looking = repeat(runtime, { name: 'the watch over the event loop', intervalMs: lookEveryMs }, () => this.#look());
  }

  async stop(): Promise<void> {
    this.#monitor?.stop();
    await this.#looking?.stop();
    this.#share = 0;
  }

  /** The share of requests that are turned away, from 0 to 0.9. */
  get share(): number {
    return this.#share;
  }

  turnsAway(): boolean {
    return this.#share > 0 && this.#options.runtime.random() < this.#share;
  }

  #look(): void {
    const { delayP50Ms = 0 } = this.#monitor?.sample() ?? {};
    const isLate = delayP50Ms > this.#options.maxDelayMs;
    // one long pause, such as that of a machine that was asleep, is over when it is seen
    const share = this.#share + (isLate && this.#wasLate ? step : isLate ? 0 : -stepBack);
    this.#wasLate = isLate;
    this.#share = Math.min(maxShare, Math.max(0, Math.round(share * 10) / 10));
  }
}
