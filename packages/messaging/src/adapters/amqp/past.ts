import type { ConsumeMessage } from 'amqplib';
import type { Outgoing } from './message.ts';
import type { WorkQueue } from './names.ts';
import type { Publisher } from './publisher.ts';
import type { Registered } from './registry.ts';
import type { Topology } from './topology.ts';

const endHeader = 'x-tutti-end-of-past';

/** Lies behind all of a past. */
export function endOfPast(past: string): Outgoing {
  return { exchange: '', key: past, content: Buffer.alloc(0), options: { persistent: true, headers: { [endHeader]: true } } };
}

export const isEndOfPast = ({ properties }: ConsumeMessage): boolean => properties.headers?.[endHeader] === true;

/**
 * The past of an ordered subscription that is new and begins with the beginning: copied from the history into a queue for each of its queues of work that has
 * one, and handed out before anything that came by itself. Behind all of it lies a mark. Whoever is given the mark, with everything before it settled, deletes
 * the queue: so a past is over when its queue is gone, which all members see, and nobody has to write it down.
 */
export class Pasts {
  readonly #topology: Topology;
  readonly #publisher: Publisher;
  /** Those that are over for good, by the life of their subscription. */
  readonly #over = new Set<string>();

  constructor(topology: Topology, publisher: Publisher) {
    this.#topology = topology;
    this.#publisher = publisher;
  }

  /**
   * The queue that is to be consumed first, if there is one.
   * @throws STORE_UNAVAILABLE.
   */
  async queueOf(subscription: Registered, work: WorkQueue): Promise<string | undefined> {
    const look = await this.#look(subscription, work);
    if (look === undefined || work.past === undefined) return undefined;
    // a broker that crashed may bring back a queue that was deleted, without its mark: what nothing lies in is given another, which does no harm
    if (look.messages === 0 && look.consumers === 0) await this.#publisher.publish([endOfPast(work.past)]);
    return work.past;
  }

  /** How much of the past still waits, in all queues. */
  async waiting(subscription: Registered, works: readonly WorkQueue[]): Promise<number> {
    const looks = await Promise.all(works.map((work) => this.#look(subscription, work)));
    return looks.reduce((sum, look) => sum + Math.max(0, (look?.messages ?? 0) - 1), 0); // the mark is none
  }

  async #look({ from, filled, life }: Registered, { past }: WorkQueue): ReturnType<Topology['look']> {
    if (from === 'now' || past === undefined) return undefined;
    const mark = `${life} ${past}`;
    if (this.#over.has(mark)) return undefined;
    const look = await this.#topology.lookForSure(past);
    if (look === undefined && filled) this.#over.add(mark);
    return look;
  }
}
