import { type Repeating, type Runtime, repeat } from '@tutti/core';
import type { EtcdConnection, EtcdEntry } from '@tutti/core/etcd';
import type { RegistryChange } from '../../backend/discovery-backend.ts';
import { KnownRecords } from './known-records.ts';
import type { ServiceKeys } from './service-keys.ts';

export interface FollowerOptions {
  readonly serviceName: string;
  readonly connection: EtcdConnection;
  readonly keys: ServiceKeys;
  /** How often what was heard is compared with what there is. */
  readonly lookMs: number;
  readonly runtime: Runtime;
  readonly listener: (change: RegistryChange) => void;
  /** Ends it, and nothing is told any more. */
  readonly signal: AbortSignal;
}

/** Keys of one answer, so that a large service does not make a large one. */
const pageSize = 500;

/** How soon it is looked again at what does not agree: what was written last may be on its way. */
const againMs = 1_000;

/**
 * Follows one service: reads it at a revision, hears of everything after that, and reads it again where hearing is not enough, because etcd has
 * compacted what was missed, or because what was heard is not what there is.
 */
export class ServiceFollower {
  readonly #options: FollowerOptions;
  readonly #prefix: string;
  readonly #known: KnownRecords;
  /** Messages of the watch. */
  #heard = 0;
  /** What `#heard` was when a look did not agree; one that agrees clears it. */
  #doubtedAt: number | undefined;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#prefix = options.keys.prefixOf(options.serviceName);
    this.#known = new KnownRecords(options.serviceName, options.keys);
  }

  /** Resolves when the signal is aborted, rejects when the registry is lost. */
  async run(): Promise<void> {
    const { signal } = this.#options;
    for (let first = true; !signal.aborted; first = false) {
      const { entries, revision } = await this.#readAll();
      const changes = this.#known.replace(entries);
      this.#tell(first ? this.#known.beginning() : changes);
      await this.#hear(revision + 1n);
    }
  }

  /** Until it has to be read again. */
  async #hear(from: bigint): Promise<void> {
    const { connection, signal } = this.#options;
    const ending = new AbortController();
    let lost: { readonly error: unknown } | undefined;
    this.#doubtedAt = undefined;
    const looking = this.#looking(
      () => ending.abort(),
      (error) => {
        lost = { error };
        ending.abort();
      },
    );
    try {
      await connection.watch(
        { prefix: this.#prefix, from },
        (events) => {
          this.#heard++;
          this.#tell(this.#known.apply(events));
        },
        AbortSignal.any([signal, ending.signal]),
      );
    } finally {
      void looking.stop(); // a look that is under way finds that it is over
    }
    if (lost && !signal.aborted) throw lost.error;
  }

  /**
   * A stream may die in silence, or lose an event: a line that swallows, a member that is cut off. So it is asked now and then how many keys there are
   * and which was written last, which agrees with what is known only if everything does. It need not while the watch brings news.
   */
  #looking(doubt: () => void, lost: (error: unknown) => void): Repeating {
    const { connection, lookMs, runtime } = this.#options;
    const intervalMs = (): number => (this.#doubtedAt === undefined ? lookMs : Math.min(lookMs, againMs));
    return repeat(runtime, { name: `comparing ${this.#prefix}`, intervalMs, jitter: 0.1 }, async () => {
      try {
        const { entries, count } = await connection.range({ prefix: this.#prefix, limit: 1, order: 'last-written-first' });
        const known = this.#known.sum;
        if (known.count === count && known.newest === (entries[0]?.modRevision ?? 0n)) this.#doubtedAt = undefined;
        else if (this.#doubtedAt === this.#heard) doubt();
        else this.#doubtedAt = this.#heard;
      } catch (error) {
        lost(error);
      }
    });
  }

  async #readAll(): Promise<{ readonly entries: readonly EtcdEntry[]; readonly revision: bigint }> {
    const { connection } = this.#options;
    const first = await connection.range({ prefix: this.#prefix, limit: pageSize });
    const { revision } = first;
    const entries = [...first.entries];
    for (let { length } = first.entries; length === pageSize; ) {
      const after = entries.at(-1)?.key ?? '';
      const page = await connection.range({ prefix: this.#prefix, limit: pageSize, revision, after });
      entries.push(...page.entries);
      length = page.entries.length;
    }
    return { entries, revision };
  }

  #tell(changes: Iterable<RegistryChange>): void {
    const { listener, signal } = this.#options;
    for (const change of changes) if (!signal.aborted) listener(change);
  }
}
