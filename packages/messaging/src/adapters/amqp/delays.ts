import { randomUUID } from 'node:crypto';
import { type Notes, type Outgoing, written } from './message.ts';
import type { Names } from './names.ts';
import type { Registered, Registry } from './registry.ts';
import type { Topology } from './topology.ts';

/** 100 ms to about 78 minutes, two for each doubling. */
export const rungs: readonly number[] = Array.from({ length: 32 }, (_, index) => Math.round(100 * 2 ** (index / 2)));
export const smallestRungMs = 100;

/** To a queue of the subscription itself; comes back when there is none. */
export function toQueue(queue: string, content: Buffer, notes: Notes): Outgoing {
  return { exchange: '', key: queue, content, options: { ...written(notes), mandatory: true, messageId: randomUUID() } };
}

/**
 * A ladder of queues from which messages return to where they came from after a fixed time. A delay is made of its largest rung and, when that is over, of what
 * is left, which travels with the message: so no clock of two machines is compared, and nothing comes early. A member must be asking to
 * send it on; while none is, it can be late by what is left, at most 30 % of the delay. Less than the smallest rung is waited for by the feed.
 */
export class Delays {
  readonly #names: Names;
  readonly #topology: Topology;
  readonly #registry: Registry;
  readonly #declared = new Set<string>();

  constructor(names: Names, topology: Topology, registry: Registry) {
    this.#names = names;
    this.#topology = topology;
    this.#registry = registry;
  }

  async message(subscription: Registered, queue: string, content: Buffer, notes: Notes, delayMs: number): Promise<Outgoing> {
    const rungMs = rungs.findLast((one) => one <= delayMs);
    if (rungMs === undefined) return toQueue(queue, content, { ...notes, restMs: Math.max(0, delayMs) });
    await this.#declare(subscription, rungMs);
    const { options } = toQueue(queue, content, { ...notes, restMs: delayMs - rungMs });
    const settled = this.#topology.settling.queue(this.#names.delayed(rungMs, subscription));
    return { exchange: this.#names.delays(rungMs), key: queue, content, options, settled };
  }

  /** They are looked at again, as somebody has removed one. */
  doubt(): void {
    this.#declared.clear();
  }

  /** Known to the registry first: what is delayed must be found by whoever forgets the subscription. */
  async #declare(subscription: Registered, rungMs: number): Promise<void> {
    const mark = `${subscription.life} ${rungMs}`;
    if (this.#declared.has(mark)) return;
    const { group, pattern, rungs: known } = subscription;
    if (!known.has(rungMs)) await this.#registry.write({ kind: 'delays', group, pattern, rungMs });
    await this.#topology.declareDelay(subscription, rungMs);
    this.#declared.add(mark);
  }
}
