import { createHash } from 'node:crypto';
import { fnv1a } from '@tutti/core';
import type { Level } from '../priority-backlog.ts';

export const levels = ['high', 'normal', 'low'] as const;

/** Keys are spread over so many slots, which are part of the routing key; a partition of an ordered subscription is bound to its share of them. */
export const slotCount = 16;

export interface SubscriptionName {
  readonly group: string;
  readonly pattern: string;
}

/** A queue of work of a subscription. */
export interface WorkQueue {
  readonly queue: string;
  readonly level: Level;
  readonly partition: number;
  /** What was stored before the subscription lies here, in a queue of its own, where the order of keys is kept: see past.ts. */
  readonly past?: string;
}

/** AMQP allows 255 bytes. */
const longest = 220;

/** What everything of one bus is called at the broker. Names are readable; a part that is too long ends in a hash of itself. */
export class Names {
  readonly prefix: string;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  /** Where events are published, and where an outsider may publish: with the routing key `normal.0.<type>`. */
  get events(): string {
    return this.prefix;
  }
  get members(): string {
    return `${this.prefix}.members`;
  }
  get presence(): string {
    return `${this.prefix}/presence`;
  }
  get registry(): string {
    return `${this.prefix}/subscriptions`;
  }
  get history(): string {
    return `${this.prefix}/history`;
  }
  lock(what: string): string {
    return `${this.prefix}/lock/${what}`;
  }
  /** Each rung of the ladder of delays has an exchange; its routing keys are the queues that the delayed go back to. */
  delays(rungMs: number): string {
    return `${this.prefix}.delay.${rungMs}`;
  }
  delayed(rungMs: number, name: SubscriptionName): string {
    return `${this.prefix}/delay/${rungMs}/${this.#of(name)}`;
  }
  dead(name: SubscriptionName): string {
    return `${this.prefix}/dead/${this.#of(name)}`;
  }
  work(name: SubscriptionName, partitions: number | undefined): WorkQueue[] {
    const found: WorkQueue[] = [];
    for (const [level, word] of levels.entries()) {
      const of = `${this.prefix}/queue/${this.#of(name)}/${word}`;
      if (partitions === undefined) found.push({ queue: of, level: level as Level, partition: 0 });
      for (let partition = 0; partition < (partitions ?? 0); partition++) {
        const past = `${this.prefix}/past/${this.#of(name)}/${word}/${partition}`;
        found.push({ queue: `${of}/${partition}`, level: level as Level, partition, past });
      }
    }
    return found;
  }

  #of({ group, pattern }: SubscriptionName): string {
    const full = `${encodeURIComponent(group)}/${pattern}`;
    if (full.length <= longest - this.prefix.length) return full;
    return `${full.slice(0, longest - this.prefix.length - 24)}~${createHash('sha256').update(full).digest('base64url').slice(0, 22)}`;
  }
}

/** One text of both names: no pattern has a space. */
export const keyOf = ({ group, pattern }: SubscriptionName): string => `${pattern} ${group}`;

export const routingKey = (level: Level, slot: number, type: string): string => `${levels[level]}.${slot}.${type}`;

/** The same in every process, and for ever. */
export function slotOf(key: string): number {
  return fnv1a(key) % slotCount;
}

/** The routing keys that a queue of work is bound by. `**` of ours is one or more words, `#` of AMQP any number. */
export function bindingKeys({ level, partition }: WorkQueue, pattern: string, partitions: number | undefined): string[] {
  const types = pattern.endsWith('**') ? `${pattern.slice(0, -2)}*.#` : pattern;
  if (partitions === undefined) return [`${levels[level]}.*.${types}`];
  const keys: string[] = [];
  for (let slot = partition; slot < slotCount; slot += partitions) keys.push(`${levels[level]}.${slot}.${types}`);
  return keys;
}
