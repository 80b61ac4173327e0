import { PriorityBacklog } from '../priority-backlog.ts';
import type { RedisDelivery } from './delivery.ts';

/** What was given to a member before it asked for it: by priority, and within one in the order in which it came. */
export class Backlog {
  #waiting = new PriorityBacklog<RedisDelivery>();

  get size(): number {
    return this.#waiting.size;
  }

  push(delivery: RedisDelivery): void {
    this.#waiting.push(delivery.level, delivery);
  }

  take(max: number): RedisDelivery[] {
    const taken: RedisDelivery[] = [];
    while (taken.length < max && this.#waiting.size > 0) taken.push(this.#waiting.shift() as RedisDelivery);
    return taken;
  }

  /** In front of all that is here, as it was. */
  putBack(taken: readonly RedisDelivery[]): void {
    const behind = this.drain();
    for (const delivery of [...taken, ...behind]) this.push(delivery);
  }

  drain(): readonly RedisDelivery[] {
    const all = [...this.#waiting];
    this.#waiting = new PriorityBacklog();
    return all;
  }
}
