import type { SubscriptionStats } from '../../transport/event-transport.ts';
import type { InHand } from './in-hand.ts';
import type { Members } from './members.ts';
import { keyOf, type Names } from './names.ts';
import type { Pasts } from './past.ts';
import type { Registered, Registry } from './registry.ts';
import type { Topology } from './topology.ts';

export interface StatsParts {
  readonly names: Names;
  readonly registry: Registry;
  readonly topology: Topology;
  readonly pasts: Pasts;
  readonly members: Members;
}

/**
 * Counts of the broker, and of the members for what they have in hand. The broker tells the age of nothing that lies in a queue: the oldest is the
 * oldest in hand, which came before what waits; where nobody has any, it is since when this member has seen something wait.
 */
export class AmqpStats {
  readonly #seenWaiting = new Map<string, number>();

  async all({ names, registry, topology, pasts, members }: StatsParts, epoch: number): Promise<readonly SubscriptionStats[]> {
    await registry.catchUp();
    const answers = (await members.ask({ kind: 'in hand' })).flat() as readonly InHand[];
    const active = Array.from(registry.all()).filter((one) => one.active);
    return Promise.all(active.map((subscription) => this.#one(subscription, { names, topology, pasts }, answers, epoch)));
  }

  async #one(
    subscription: Registered,
    { names, topology, pasts }: Pick<StatsParts, 'names' | 'topology' | 'pasts'>,
    answers: readonly InHand[],
    epoch: number,
  ): Promise<SubscriptionStats> {
    const { group, pattern, partitions, rungs, life } = subscription;
    const sum = async (queues: readonly string[]): Promise<number> => {
      const looks = await Promise.all(queues.map((queue) => topology.look(queue)));
      return looks.reduce((total, look) => total + (look?.messages ?? 0), 0);
    };
    const work = names.work(subscription, partitions);
    const [ready, past, delayed, deadLetters] = await Promise.all([
      sum(work.map(({ queue }) => queue)),
      pasts.waiting(subscription, work),
      sum(Array.from(rungs, (rungMs) => names.delayed(rungMs, subscription))),
      sum([names.dead(subscription)]),
    ]);
    const mine = answers.filter((answer) => answer?.life === life);
    const running = mine.reduce((total, answer) => total + answer.running, 0);
    const waiting = mine.reduce((total, answer) => total + answer.waiting, ready + past);
    const oldestAt = mine.reduce(
      (oldest, answer) => Math.min(oldest, answer.oldestAt ?? Number.POSITIVE_INFINITY),
      this.#since(subscription, waiting, epoch),
    );
    return {
      group,
      pattern,
      waiting,
      running,
      delayed,
      deadLetters,
      oldestAgeMs: waiting + running === 0 ? 0 : Math.max(0, epoch - Math.min(oldestAt, epoch)),
    };
  }

  #since(subscription: Registered, waiting: number, epoch: number): number {
    const key = keyOf(subscription);
    if (waiting === 0) {
      this.#seenWaiting.delete(key);
      return Number.POSITIVE_INFINITY;
    }
    const since = this.#seenWaiting.get(key) ?? epoch;
    this.#seenWaiting.set(key, since);
    return since;
  }
}
