import { type AnyLayer, Call, compose, type ManualClock, manualClock, type Random, type Runtime, seededRandom } from '../../src/index.ts';
import { testRuntime } from '../../src/testing/index.ts';

/** A target with so many workers and a queue without end before them. It works on what nobody waits for any more, as most do. */
class Station {
  readonly #clock: ManualClock;
  readonly #freeAt: number[];

  constructor(clock: ManualClock, workers: number) {
    this.#clock = clock;
    this.#freeAt = Array.from({ length: workers }, () => 0);
  }

  work(ms: number): Promise<void> {
    const now = this.#clock.now();
    let soonest = 0;
    for (const [index, at] of this.#freeAt.entries()) if (at < (this.#freeAt[soonest] as number)) soonest = index;
    const doneAt = Math.max(now, this.#freeAt[soonest] as number) + ms;
    this.#freeAt[soonest] = doneAt;
    return new Promise((resolve) => this.#clock.after(doneAt - now, resolve));
  }
}

/** Who sends how much, as a Poisson process. */
export interface Sender {
  readonly name: string;
  readonly perSecond: number;
}

export interface OverloadOptions {
  readonly seed: number;
  readonly workers: number;
  readonly workMs: number;
  /** How the time of one piece of work is drawn. */
  readonly spread: 'even' | 'exponential';
  readonly deadlineMs: number;
  readonly seconds: number;
  /** Seconds in the beginning that are not counted. */
  readonly warmUp: number;
  readonly senders: readonly Sender[];
  readonly layers: readonly AnyLayer[];
  /** Told once a virtual second. */
  readonly watch?: () => void;
}

export interface Sent {
  asked: number;
  /** Answered before the deadline. */
  good: number;
  /** Answered too late: worked on in vain. */
  late: number;
  /** By the code of the refusal. */
  readonly refused: Record<string, number>;
}

const exponential = (mean: number, random: Random): number => -Math.log(1 - random()) * mean;

/** What each sender got, on a virtual clock from a seed. The tenant and the principal of a call are its sender. */
export async function overload(options: OverloadOptions): Promise<Readonly<Record<string, Sent>>> {
  const { seed, workers, workMs, spread, deadlineMs, seconds, warmUp, senders, layers, watch } = options;
  const clock = manualClock(0, { settle: 'microtasks' });
  const drawn = seededRandom(seed + 1_000);
  const runtime: Runtime = { ...testRuntime(seed), clock };
  const station = new Station(clock, workers);
  const work = compose(() => station.work(spread === 'even' ? workMs : exponential(workMs, drawn)), layers);
  const sent: Record<string, Sent> = {};
  for (const [index, { name, perSecond }] of senders.entries()) {
    // each from a seed of its own, so that all get the same weather whatever the layers do
    const random = seededRandom(seed * 100 + index);
    const mine: Sent = { asked: 0, good: 0, late: 0, refused: {} };
    sent[name] = mine;
    const send = (): void => {
      if (clock.now() >= seconds * 1_000) return;
      clock.after(exponential(1_000 / perSecond, random), send);
      const counted = clock.now() >= warmUp * 1_000;
      if (counted) mine.asked++;
      const deadline = clock.now() + deadlineMs;
      work(undefined, Call.root({ runtime, tenant: name, principal: name, deadline })).then(
        () => {
          if (counted) mine[clock.now() <= deadline ? 'good' : 'late']++;
        },
        ({ code }: { code: string }) => {
          if (counted) mine.refused[code] = (mine.refused[code] ?? 0) + 1;
        },
      );
    };
    clock.after(exponential(1_000 / perSecond, random), send);
  }
  for (let second = 0; second < seconds + 5; second++) {
    await clock.advance(1_000);
    watch?.();
  }
  return sent;
}
