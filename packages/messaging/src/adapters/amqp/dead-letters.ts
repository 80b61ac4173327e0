import type { Page } from '@tutti/core';
import type { ConsumeMessage } from 'amqplib';
import type { DeadLetter, DeadLetterQuery, DeadLetters } from '../../transport/dead-letters.ts';
import { AckChannel } from './ack-channel.ts';
import { toQueue } from './delays.ts';
import { away, within } from './failures.ts';
import { contentOf, deadLetterOf, type StoredLetter, storedLetter } from './letter.ts';
import type { Link } from './link.ts';
import type { Locks } from './lock.ts';
import { keyOf } from './names.ts';
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

/** All that is at hand of a queue, as long as its channel is open. */
interface Peek {
  readonly line: AckChannel;
  readonly letters: ReadonlyMap<string, Peeked>;
}

/**
 * A queue has no way to look at what lies in it: letters are taken, and given back when the channel ends. One operator at a time does
 * that, so that no other finds fewer than there are. Every call reads all letters of the subscriptions that it is about.
 */
export class AmqpDeadLetters implements DeadLetters {
  readonly #parts: () => DeadLetterParts;

  constructor(parts: () => DeadLetterParts) {
    this.#parts = parts;
  }

  async list({ group, limit, after }: DeadLetterQuery): Promise<Page<DeadLetter>> {
    const parts = this.#parts();
    const found: (readonly [place: string, letter: DeadLetter])[] = [];
    for (const subscription of parts.registry.all()) {
      if (group !== undefined && subscription.group !== group) continue;
      await this.#peek(parts, subscription, async ({ letters }) => {
        for (const { stored } of letters.values()) found.push([`${stored.lastFailedAt} ${stored.id}`, deadLetterOf(subscription, stored)]);
      });
    }
    found.sort(([one], [other]) => (one < other ? -1 : 1));
    const rest = after === undefined ? found : found.filter(([place]) => place > after);
    const last = rest.slice(0, limit).at(-1);
    return { items: rest.slice(0, limit).map(([, letter]) => letter), ...(last && rest.length > limit && { next: last[0] }) };
  }

  /** Confirmed before the letter goes: an operator who dies in between leaves an event that comes and a letter that stays. */
  replay(ids: readonly string[]): Promise<number> {
    const { publisher } = this.#parts();
    return this.#take(
      ids,
      (subscription) => subscription.active,
      async (chosen) => {
        await publisher.publish(
          chosen.map(({ stored }) =>
            toQueue(stored.queue, contentOf(stored), {
              replayedFrom: stored.id,
              copied: true,
              ...(stored.at !== undefined && { at: stored.at }),
            }),
          ),
        );
      },
    );
  }

  discard(ids: readonly string[]): Promise<number> {
    return this.#take(
      ids,
      () => true,
      async () => {},
    );
  }

  async #take(
    ids: readonly string[],
    where: (subscription: Registered) => boolean,
    use: (chosen: readonly Peeked[]) => Promise<void>,
  ): Promise<number> {
    const parts = this.#parts();
    const wanted = new Set(ids);
    let taken = 0;
    for (const subscription of parts.registry.all()) {
      if (taken === wanted.size) break;
      if (!where(subscription)) continue;
      await this.#peek(parts, subscription, async ({ letters, line }) => {
        const chosen = [...letters.values()].filter(({ stored }) => wanted.has(stored.id));
        if (chosen.length === 0) return;
        await use(chosen);
        for (const { tags } of chosen) for (const tag of tags) line.acknowledge(tag);
        taken += chosen.length;
      });
    }
    return taken;
  }

  async #peek(parts: DeadLetterParts, subscription: Registered, use: (peek: Peek) => Promise<void>): Promise<void> {
    const { link, topology, locks } = parts;
    const queue = topology.deadOf(subscription);
    if (((await topology.look(queue))?.messages ?? 0) === 0) return;
    await locks.hold(`dead ${keyOf(subscription)}`, async () => {
      const messages = (await topology.look(queue))?.messages ?? 0;
      if (messages === 0) return;
      const line = new AckChannel(await link.channel(), () => {});
      try {
        await use({ line, letters: lettersOf(await taken(link, line, queue, messages)) });
      } finally {
        // what was acknowledged is gone when this resolves, and the rest is there again
        await line.close();
      }
    });
  }
}

async function taken(link: Link, line: AckChannel, queue: string, count: number): Promise<readonly ConsumeMessage[]> {
  const { channel } = line;
  const messages: ConsumeMessage[] = [];
  const { promise: complete, resolve, reject } = Promise.withResolvers<void>();
  channel.on('close', () => reject(away(link.name, 'the channel was lost', false)));
  complete.catch(() => {}); // told below, or nobody asks any more
  await link.answered(channel.prefetch(Math.min(count, 65_535)));
  const consume = channel.consume(queue, (message) => {
    if (message === null) return reject(away(link.name, `${queue} is gone`, false));
    line.delivered(message.fields.deliveryTag);
    messages.push(message);
    if (messages.length >= Math.min(count, 65_535)) resolve();
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
