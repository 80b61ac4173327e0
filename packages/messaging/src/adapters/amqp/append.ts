import type { CloudEvent } from '@tutti/core';
import type { EncodedEvent } from '../../transport/encoded-event.ts';
import { levelOf } from '../priority-backlog.ts';
import { hashOf, type Outgoing, storedNow } from './message.ts';
import { routingKey, slotOf } from './names.ts';
import type { AmqpSettings } from './options.ts';
import type { Publisher } from './publisher.ts';

const mark = new Uint8Array([1]);

/** Stores events, and with a memory leaves out those that it knows. */
export class Appending {
  readonly #publisher: Publisher;
  readonly #exchange: string;
  readonly #memory: AmqpSettings['deduplication'];

  constructor(publisher: Publisher, exchange: string, memory: AmqpSettings['deduplication']) {
    this.#publisher = publisher;
    this.#exchange = exchange;
    this.#memory = memory;
  }

  async append(batch: readonly EncodedEvent[], epoch: number): Promise<readonly boolean[]> {
    const { duplicates, keys } = await this.#known(batch);
    const options = storedNow(Math.floor(epoch));
    const messages: Outgoing[] = [];
    for (const [index, { event, json }] of batch.entries()) {
      if (duplicates[index]) continue;
      const { type, priority, subject, id } = event;
      const key = routingKey(levelOf(priority), slotOf(subject ?? id), type);
      messages.push({ exchange: this.#exchange, key, content: Buffer.from(json), options });
    }
    await this.#publisher.publish(messages);
    await this.#remember(keys.filter((_, index) => !duplicates[index]));
    return duplicates;
  }

  async #known(batch: readonly EncodedEvent[]): Promise<{ readonly duplicates: readonly boolean[]; readonly keys: readonly string[] }> {
    const { store } = this.#memory ?? {};
    if (!store) return { duplicates: batch.map(() => false), keys: [] };
    const keys = batch.map(({ event }) => this.#keyOf(event));
    const stored = await Promise.all(keys.map(async (key, index) => !batch[index]?.fresh && (await store.get(key)) !== undefined));
    const inBatch = new Set<string>();
    const duplicates = stored.map((known, index) => {
      const key = keys[index] as string;
      if (known || inBatch.has(key)) return true;
      inBatch.add(key);
      return false;
    });
    return { duplicates, keys };
  }

  /** After the confirmation, never before: a mark of what was then not stored would lose it. Of two that publish the same at once both may store it. */
  async #remember(keys: readonly string[]): Promise<void> {
    const { store, windowMs = 0 } = this.#memory ?? {};
    if (store) await Promise.all(keys.map((key) => store.set(key, mark, windowMs)));
  }

  #keyOf({ source, id }: CloudEvent): string {
    return `${this.#exchange}:published:${hashOf(source, id)}`;
  }
}
