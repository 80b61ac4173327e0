import { randomUUID } from 'node:crypto';
import { coreError, type Runtime, TuttiError } from '@tutti/core';
import type { RedisArgument, RedisConnection, RedisReply, RedisScript } from '@tutti/core/redis';
import { messagingError } from '../../errors.ts';
import type { SubscriptionRequest } from '../../transport/event-transport.ts';
import { namePattern } from './name-pattern.ts';
import { openScript } from './subscription-scripts.ts';

/** A connection that is open, and where the keys of the bus are. */
export class BusStore {
  readonly connection: RedisConnection;
  readonly keys: string;
  readonly runtime: Runtime;
  readonly commandMs: number;

  constructor(connection: RedisConnection, keys: string, runtime: Runtime, commandMs: number) {
    this.connection = connection;
    this.keys = keys;
    this.runtime = runtime;
    this.commandMs = commandMs;
  }

  run(script: RedisScript, args: readonly RedisArgument[]): Promise<RedisReply> {
    return this.connection.script(script, [this.keys], args);
  }

  /** @throws MESSAGING_SUBSCRIPTION_MISMATCH */
  async subscribe({ group, pattern, ordered, from }: SubscriptionRequest): Promise<Subscribed> {
    const args = [
      fieldOf(group, pattern),
      ordered ? '1' : '0',
      from === 'now' ? '$' : '0',
      randomUUID(),
      namePattern(pattern),
      group,
      pattern,
    ];
    const [id, other, store] = (await this.run(openScript, args)) as [Buffer, number, Buffer];
    if (other === 1)
      throw messagingError('MESSAGING_SUBSCRIPTION_MISMATCH', {
        group,
        pattern,
        problem: `it ${ordered ? 'does not keep' : 'keeps'} the order of keys`,
      });
    return { id: String(id), store: String(store) };
  }

  /** What became of a subscription that the server says is not there. */
  async fateOf({ group, pattern }: SubscriptionRequest, { id, store }: Subscribed): Promise<'forgotten' | 'lost'> {
    const [now, known] = await Promise.all([
      this.connection.command('HGET', `${this.keys}:meta`, 'store'),
      this.connection.command('HGET', `${this.keys}:subs`, fieldOf(group, pattern)),
    ]);
    if (now === null || String(now) !== store) return 'lost';
    return known !== null && String(known).startsWith(`${id} `) ? 'lost' : 'forgotten';
  }
}

/** A subscription in a store: both ids are new when what is named so is new. */
export interface Subscribed {
  readonly id: string;
  readonly store: string;
}

export const fieldOf = (group: string, pattern: string): string => JSON.stringify([group, pattern]);

/** The server answered that a consumer group is not there. */
export const isNoGroup = (error: unknown): boolean => TuttiError.is(error, 'STORE_UNAVAILABLE') && error.message.includes('NOGROUP');

export const notRunning = (name: string): TuttiError => coreError('NOT_RUNNING', { component: name, state: 'closed' });
