import { randomUUID } from 'node:crypto';
import type { Channel, ConsumeMessage } from 'amqplib';
import { decodeEvent } from '../../transport/encoded-event.ts';
import { within } from './failures.ts';
import { KeptChannel } from './kept-channel.ts';
import type { Link } from './link.ts';
import { keyOf, type Names, type SubscriptionName } from './names.ts';
import type { Publisher } from './publisher.ts';

/** A line of the registry. */
export type RegistryRecord = SubscriptionName &
  (
    | { readonly kind: 'opened'; readonly from: 'now' | 'beginning'; readonly partitions: number | undefined }
    /** Everything of before was copied. `seam` are the identities that were stored while it was bound: see history.ts. */
    | { readonly kind: 'filled'; readonly seam: readonly string[] }
    | { readonly kind: 'delays'; readonly rungMs: number }
    | { readonly kind: 'forgotten' }
  );

export interface Registered extends SubscriptionName {
  /** How many queues of a level it has; undefined where no order is kept. */
  readonly partitions: number | undefined;
  readonly life: string;
  active: boolean;
  filled: boolean;
  seam: ReadonlySet<string>;
  readonly rungs: Set<number>;
}

/**
 * Which subscriptions there are: a stream that every member reads from its beginning, and that only grows by one small line when a subscription is
 * made, filled or forgotten. Its order decides races: of several members that make the same one, the first line counts.
 */
export class Registry {
  readonly #link: Link;
  readonly #names: Names;
  readonly #publisher: Publisher;
  readonly #channel: KeptChannel;
  readonly #known = new Map<string, Registered>();
  readonly #awaited = new Map<string, () => void>();
  readonly #onForgotten: (registered: Registered) => void;
  #next = 0;

  constructor(link: Link, names: Names, publisher: Publisher, onForgotten: (registered: Registered) => void) {
    this.#link = link;
    this.#names = names;
    this.#publisher = publisher;
    this.#onForgotten = onForgotten;
    this.#channel = new KeptChannel(link, (channel) => this.#follow(channel));
  }

  /** Resolves when everything that was written before is known. */
  async open(): Promise<void> {
    await this.#channel.open();
    await this.catchUp();
  }

  /** Resolves when everything is known that was written before the call. */
  async catchUp(): Promise<void> {
    await this.#write({ kind: 'look' });
  }

  close(): Promise<void> {
    return this.#channel.close();
  }

  get(name: SubscriptionName): Registered | undefined {
    return this.#known.get(keyOf(name));
  }

  /** Those that were forgotten too: their dead letters are kept. */
  all(): Iterable<Registered> {
    return this.#known.values();
  }

  /** Resolves when it is stored and read back, with all before it. */
  write(record: RegistryRecord): Promise<void> {
    return this.#write(record);
  }

  async #write(record: RegistryRecord | { readonly kind: 'look' }): Promise<void> {
    const life = randomUUID();
    const { promise: seen, resolve } = Promise.withResolvers<void>();
    this.#awaited.set(life, resolve);
    try {
      const content = Buffer.from(JSON.stringify({ ...record, life }));
      await this.#publisher.publish([{ exchange: '', key: this.#names.registry, content, options: { persistent: true } }]);
      const { runtime, patienceMs, name } = this.#link;
      await this.#link.answered(within(runtime.clock, patienceMs, seen, () => new Error(`${name} did not read its own line back`)));
    } finally {
      this.#awaited.delete(life);
    }
  }

  async #follow(channel: Channel): Promise<void> {
    await channel.prefetch(200);
    const from = this.#next === 0 ? 'first' : this.#next;
    await channel.consume(this.#names.registry, (message) => message && this.#read(channel, message), {
      arguments: { 'x-stream-offset': from },
    });
  }

  #read(channel: Channel, message: ConsumeMessage): void {
    channel.ack(message);
    const offset = Number(message.properties.headers?.['x-stream-offset']);
    if (offset < this.#next) return; // a stream begins with the whole chunk that holds the offset asked for
    this.#next = offset + 1;
    const record = decodeEvent(message.content.toString()) as (RegistryRecord & { readonly life: string }) | null;
    if (typeof record !== 'object' || record === null) return;
    this.#apply(record);
    this.#awaited.get(record.life)?.();
  }

  #apply(record: RegistryRecord & { readonly life: string }): void {
    const key = keyOf(record);
    const known = this.#known.get(key);
    if (record.kind === 'opened') {
      if (known?.active) return;
      const { group, pattern, partitions, life, from } = record;
      const entry = {
        group,
        pattern,
        partitions,
        life,
        active: true,
        filled: from === 'now',
        seam: new Set<string>(),
        rungs: new Set<number>(),
      };
      this.#known.set(key, entry);
    } else if (known && record.kind === 'delays') known.rungs.add(record.rungMs);
    else if (known && record.kind === 'filled') {
      known.filled = true;
      known.seam = new Set(record.seam);
    } else if (known && record.kind === 'forgotten' && known.active) {
      known.active = false;
      this.#onForgotten(known);
    }
  }
}
