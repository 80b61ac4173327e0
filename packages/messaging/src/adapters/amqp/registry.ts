import { randomUUID } from 'node:crypto';
import { decodeEvent } from '../../transport/encoded-event.ts';
import type { Link } from './link.ts';
import type { Locks } from './lock.ts';
import { keyOf, type Names, type SubscriptionName } from './names.ts';
import type { Publisher } from './publisher.ts';
import { readShelf } from './shelf.ts';

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
  readonly from: 'now' | 'beginning';
  active: boolean;
  filled: boolean;
  seam: ReadonlySet<string>;
  readonly rungs: Set<number>;
}

/**
 * Which subscriptions there are: a queue of lines that nobody takes away, which only grows by one small line when a subscription is made, filled or
 * forgotten. Its order decides races: of several members that make the same one, the first line counts.
 */
export class Registry {
  readonly #link: Link;
  readonly #names: Names;
  readonly #publisher: Publisher;
  readonly #locks: Locks;
  readonly #known = new Map<string, Registered>();
  /** Lines that were applied. */
  readonly #seen = new Set<string>();
  readonly #onForgotten: (registered: Registered) => void;
  #looking: Promise<void> | undefined;

  constructor(link: Link, names: Names, publisher: Publisher, locks: Locks, onForgotten: (registered: Registered) => void) {
    this.#link = link;
    this.#names = names;
    this.#publisher = publisher;
    this.#locks = locks;
    this.#onForgotten = onForgotten;
  }

  /** Resolves when everything is known that was written before the call. */
  async catchUp(): Promise<void> {
    // one look serves all who asked before it began
    await this.#looking?.catch(() => {});
    this.#looking ??= this.#locked(() => this.#read()).finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  get(name: SubscriptionName): Registered | undefined {
    return this.#known.get(keyOf(name));
  }

  /** Those that were forgotten too: their dead letters are kept. */
  all(): Iterable<Registered> {
    return this.#known.values();
  }

  /** Resolves when it is stored and read back, with all before it. */
  write(record: RegistryRecord, pen: Pick<Publisher, 'publish'> = this.#publisher): Promise<void> {
    return this.#locked(async () => {
      const content = Buffer.from(JSON.stringify({ ...record, life: randomUUID() }));
      await pen.publish([{ exchange: '', key: this.#names.registry, content, options: { persistent: true } }]);
      await this.#read();
    });
  }

  #locked<T>(use: () => Promise<T>): Promise<T> {
    return this.#locks.hold('subscriptions', use);
  }

  async #read(): Promise<void> {
    await readShelf(this.#link, this.#names.registry, (message) => {
      const record = decodeEvent(message.content.toString()) as (RegistryRecord & { readonly life: string }) | null;
      if (typeof record === 'object' && record !== null && !this.#seen.has(record.life)) {
        this.#seen.add(record.life);
        this.#apply(record);
      }
      return 'next';
    });
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
        from,
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
