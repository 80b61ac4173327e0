import { type Page, sleep } from '@tutti/core';
import type { ConsumeMessage } from 'amqplib';
import type { DeadLetter, DeadLetterQuery, DeadLetters } from '../../transport/dead-letters.ts';
import { AckChannel } from './ack-channel.ts';
import { toQueue } from './delays.ts';
import { away, within } from './failures.ts';
import { contentOf, deadLetterOf, type StoredLetter, storedLetter } from './letter.ts';
import type { Link } from './link.ts';
import type { Locks } from './lock.ts';
import type { Outgoing } from './message.ts';
import type { Publisher } from './publisher.ts';
import type { Registered, Registry } from './registry.ts';
import type { Topology } from './topology.ts';

export interface DeadLetterParts {
  readonly link: Link;
  readonly publisher: Publisher;
  readonly registry: Registry;
  readonly topology: Topology;
  readonly locks: Locks;
}

/** A letter in its queue. One that was written twice, because its writer died before it heard of it, is one letter with two messages. */
interface Peeked {
  readonly stored: StoredLetter;
  readonly tags: number[];
}

/** AMQP counts no further. */
const mostAtOnce = 65_535;

/**
 * A queue has no way to look at what lies in it: letters are taken, and given back when the channel ends. One operator at a time does
 * that, so that no other finds fewer than there are. Every call reads all letters of the subscriptions that it is about.
 */
export class AmqpDeadLetters implements DeadLetters {
  readonly #parts: () => DeadLetterParts;

  constructor(parts: () => DeadLetterParts) {
    this.#parts = parts;
  }

  list({ group, limit, after }: DeadLetterQuery): Promise<Page<DeadLetter>> {
    return this.#alone(async (parts) => {
      const found: (readonly [place: string, letter: DeadLetter])[] = [];
      for (const subscription of parts.registry.all()) {
        if (group !== undefined && subscription.group !== group) continue;
        await peek(parts, subscription, async (letters) => {
          for (const { stored } of letters) found.push([`${stored.lastFailedAt} ${stored.id}`, deadLetterOf(subscription, stored)]);
          return [];
        });
      }
      found.sort(([one], [other]) => (one < other ? -1 : 1));
      const rest = after === undefined ? found : found.filter(([place]) => place > after);
      const page = rest.slice(0, limit);
      const last = page.at(-1);
      return { items: page.map(([, letter]) => letter), ...(last && rest.length > limit && { next: last[0] }) };
    });
  }

  /** Confirmed before the letter goes: an operator who dies in between leaves an event that comes and a letter that stays. */
  replay(ids: readonly string[]): Promise<number> {
    return this.#take(
      ids,
      (subscription) => subscription.active,
      ({ publisher }, chosen) => publisher.publish(chosen.map(replayOf)),
    );
  }

  discard(ids: readonly string[]): Promise<number> {
    return this.#take(
      ids,
      () => true,
      async () => {},
    );
  }

  #take(
    ids: readonly string[],
    where: (subscription: Registered) => boolean,
    use: (parts: DeadLetterParts, chosen: readonly StoredLetter[]) => Promise<void>,
  ): Promise<number> {
    const wanted = new Set(ids);
    return this.#alone(async (parts) => {
      let taken = 0;
      for (const subscription of parts.registry.all()) {
        if (!where(subscription)) continue;
        await peek(parts, subscription, async (letters) => {
          const chosen = letters.filter(({ stored }) => wanted.has(stored.id));
          await use(
            parts,
            chosen.map(({ stored }) => stored),
          );
          taken += chosen.length;
          return chosen;
        });
      }
      return taken;
    });
  }

  #alone<T>(use: (parts: DeadLetterParts) => Promise<T>): Promise<T> {
    const parts = this.#parts();
    return parts.locks.hold('dead letters', async () => {
      await parts.registry.catchUp();
      return use(parts);
    });
  }
}

const replayOf = (letter: StoredLetter): Outgoing =>
  toQueue(letter.queue, contentOf(letter), { replayedFrom: letter.id, copied: true, ...(letter.at !== undefined && { at: letter.at }) });

/** Takes all letters of a subscription, drops those that `use` gives, and resolves when the others are there again. */
async function peek(
  { link, topology }: DeadLetterParts,
  subscription: Registered,
  use: (letters: readonly Peeked[]) => Promise<readonly Peeked[]>,
): Promise<void> {
  const queue = topology.deadOf(subscription);
  const count = Math.min((await topology.look(queue))?.messages ?? 0, mostAtOnce);
  if (count === 0) return;
  const line = new AckChannel(await link.channel(), () => {});
  let dropped = 0;
  try {
    const letters = lettersOf(await taken(link, line, queue, count));
    for (const { tags } of await use([...letters.values()])) {
      for (const tag of tags) line.acknowledge(tag);
      dropped += tags.length;
    }
  } finally {
    await line.close();
  }
  const { clock } = link.runtime;
  const giveUpAt = clock.now() + link.patienceMs;
  while (((await topology.look(queue))?.messages ?? count) < count - dropped && clock.now() < giveUpAt) await sleep(clock, 10);
}

async function taken(link: Link, line: AckChannel, queue: string, count: number): Promise<readonly ConsumeMessage[]> {
  const { channel } = line;
  const messages: ConsumeMessage[] = [];
  const { promise: complete, resolve, reject } = Promise.withResolvers<void>();
  channel.on('close', () => reject(away(link.name, 'the channel was lost', false)));
  complete.catch(() => {}); // told below, or nobody asks any more
  await link.answered(channel.prefetch(count));
  const consume = channel.consume(queue, (message) => {
    if (message === null) {
      reject(away(link.name, `${queue} is gone`, false));
      return;
    }
    line.delivered(message.fields.deliveryTag);
    messages.push(message);
    if (messages.length >= count) resolve();
  });
  await link.answered(consume);
  await within(link.runtime.clock, link.patienceMs, complete, () =>
    away(link.name, `${queue} gave ${messages.length} of ${count} letters`, false),
  );
  return messages;
}

function lettersOf(messages: readonly ConsumeMessage[]): Map<string, Peeked> {
  const letters = new Map<string, Peeked>();
  for (const { content, fields } of messages) {
    const stored = storedLetter(content);
    if (!stored) continue; // not ours: left alone
    const known = letters.get(stored.id);
    if (known) known.tags.push(fields.deliveryTag);
    else letters.set(stored.id, { stored, tags: [fields.deliveryTag] });
  }
  return letters;
}
