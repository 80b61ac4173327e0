import { type ManualClock, manualClock } from '../../runtime/manual-clock.ts';
import { sleep } from '../../runtime/sleep.ts';
import { type TestRuntime, testRuntime } from '../test-runtime.ts';
import type { LinkConditions } from './link.ts';
import { type SimulatedNetwork, simulatedNetwork } from './network.ts';
import { Trace } from './trace.ts';

/** One run of one seed. Everything that a program under simulation may take from the world comes from here. */
export interface Simulation {
  readonly seed: number;
  /** A clock that goes from timer to timer by itself, randomness from the seed, and no log. */
  readonly runtime: TestRuntime;
  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number;
  pick<T>(items: readonly [T, ...T[]]): T;
  /** True with this probability. */
  chance(share: number): boolean;
  network(conditions?: LinkConditions): SimulatedNetwork;
  /** Writes into the trace. Two runs of a seed must write the same. */
  note(words: string): void;
  /**
   * Must hold after every step of the clock, and at the end. It is broken when `holds` returns false or words that say why, or throws.
   */
  always(what: string, holds: () => boolean | string | undefined): void;
  /** Resolves when so much virtual time has passed. */
  pass(ms: number): Promise<void>;
  /** The result of the work; rejects when it is not done within so much virtual time. */
  within<T>(ms: number, work: Promise<T>): Promise<T>;
}

export interface OneRun {
  readonly hash: string;
  readonly steps: number;
  readonly last: readonly string[];
  /** What broke; undefined when all is well. */
  readonly failure: unknown;
}

/** Runs a program once, to its end or to the first thing that is broken. */
export async function runOnce(seed: number, program: (sim: Simulation) => Promise<void>): Promise<OneRun> {
  const run = new Run(seed);
  let failure: unknown;
  try {
    await run.drive(program(run));
    run.check();
  } catch (error) {
    failure = error;
  }
  const { trace } = run;
  return { hash: trace.hash, steps: trace.length, last: trace.last, failure };
}

class Run implements Simulation {
  readonly seed: number;
  readonly runtime: TestRuntime;
  readonly trace: Trace = new Trace();
  readonly #clock: ManualClock = manualClock(1_700_000_000_000, { settle: 'microtasks' });
  readonly #startedAt: number = this.#clock.now();
  readonly #invariants: { readonly what: string; readonly holds: () => boolean | string | undefined }[] = [];

  constructor(seed: number) {
    this.seed = seed;
    this.runtime = { ...testRuntime(seed), clock: this.#clock };
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] as T;
  }

  below(limit: number): number {
    return Math.floor(this.runtime.random() * limit);
  }

  chance(share: number): boolean {
    return this.runtime.random() < share;
  }

  network(conditions: LinkConditions = {}): SimulatedNetwork {
    return simulatedNetwork({ runtime: this.runtime, conditions, note: (words) => this.note(words) });
  }

  note(words: string): void {
    this.trace.note(`${(this.#clock.now() - this.#startedAt).toFixed(3)} ms: ${words}`);
  }

  always(what: string, holds: () => boolean | string | undefined): void {
    this.#invariants.push({ what, holds });
  }

  pass(ms: number): Promise<void> {
    return sleep(this.#clock, ms);
  }

  within<T>(ms: number, work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const limit = this.#clock.after(ms, () => reject(new Error(`it was not done within ${ms} ms`)));
      work.then(resolve, reject).finally(() => limit.cancel());
    });
  }

  /** The only one who moves the clock. */
  async drive(work: Promise<void>): Promise<void> {
    let done = false;
    const settled = (): void => {
      done = true;
    };
    work.then(settled, settled);
    for (let delayMs: number | undefined = 0; !done; delayMs = this.#clock.nextDelayMs()) {
      if (delayMs === undefined) throw new Error('it stands still: no timer is pending and the work is not done');
      await this.#clock.advance(delayMs);
      this.check();
    }
    await work;
  }

  check(): void {
    for (const { what, holds } of this.#invariants) {
      const held = holds();
      if (held === false || typeof held === 'string') throw new Error(held ? `${what}: ${held}` : what);
    }
  }
}
