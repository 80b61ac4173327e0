import { checkOptions } from '../../options/check-options.ts';
import { callable, finiteNumber } from '../../options/rules.ts';
import type { Random } from '../../runtime/random.ts';

/** How long a message is on its way, in milliseconds. */
export type Latency = (random: Random) => number;

export const uniformLatency =
  (minMs: number, maxMs: number): Latency =>
  (random) =>
    minMs + random() * (maxMs - minMs);

/** Log-normal: half of the messages take less than `medianMs`, one in forty takes more than `medianMs * e^(2 * spread)`. */
export const longTailLatency =
  (medianMs: number, spread = 0.7): Latency =>
  (random) =>
    medianMs * Math.exp(spread * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));

/** What one direction between two nodes does to messages. */
export interface LinkConditions {
  /** @defaultValue uniformLatency(1, 5) */
  readonly latency?: Latency;
  /** The share of messages that never arrive. @defaultValue 0 */
  readonly loss?: number;
  /** The share that arrives twice. @defaultValue 0 */
  readonly duplication?: number;
  /** The share that may overtake others; without it messages arrive in their order, as over one connection. @defaultValue 0 */
  readonly reordering?: number;
}

export const linkDefaults: Required<LinkConditions> = Object.freeze({
  latency: uniformLatency(1, 5),
  loss: 0,
  duplication: 0,
  reordering: 0,
});

const share = finiteNumber({ min: 0, max: 1 });

export function checkedConditions(path: string, conditions: LinkConditions): LinkConditions {
  return checkOptions<LinkConditions, object>(path, conditions, {
    optional: { latency: callable, loss: share, duplication: share, reordering: share },
  });
}

/** One direction. Decides when a message arrives, how often, or never. */
export class Link {
  conditions: Required<LinkConditions>;
  cut = false;
  #lastArrival = 0;

  constructor(conditions: Required<LinkConditions>) {
    this.conditions = conditions;
  }

  /** When a message that is sent now arrives: no time, one, or two. */
  arrivals(now: number, random: Random): readonly number[] {
    const { latency, loss, duplication, reordering } = this.conditions;
    if (this.cut || random() < loss) return [];
    const copies = random() < duplication ? 2 : 1;
    return Array.from({ length: copies }, () => {
      const at = now + Math.max(0, latency(random));
      if (random() < reordering) return at;
      this.#lastArrival = Math.max(this.#lastArrival, at);
      return this.#lastArrival;
    });
  }
}
