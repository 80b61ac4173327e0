import { TuttiError } from '@tutti/core';
import type { RedisArgument, RedisReply } from '@tutti/core/redis';
import { messagingError } from '../../errors.ts';
import type { EncodedEvent } from '../../transport/encoded-event.ts';
import { levelOf } from '../priority-backlog.ts';
import type { RetentionLimits } from '../retention.ts';
import { appendOnceScript, appendScript, trimScript } from './append-scripts.ts';
import { identityOf, laneOf } from './bus-keys.ts';
import type { BusStore } from './bus-store.ts';
import { packed } from './packed.ts';

export interface AppenderOptions {
  readonly store: BusStore;
  readonly retention: RetentionLimits;
  readonly maxBacklog: number;
  readonly bus: string;
}

/** What one script stores at most: the server does nothing else meanwhile. */
const batchSize = 500;
/** How many identities of events that may have been stored are known at most. */
const maxDoubtful = 100_000;

/** Stores batches: one script for each, so a batch of up to 500 is stored as a whole or not at all. */
export class Appender {
  readonly #options: AppenderOptions;
  readonly #trimEvery: number;
  /** Where the levels ended when this publisher last heard of them. */
  #ends: readonly string[] = [];
  /** Fresh events whose batch was not answered, and where the levels ended before: nobody else can say whether they were stored. */
  readonly #doubtful = new Set<string>();
  #endsBefore: readonly string[] = [];
  #appended: [number, number, number] = [0, 0, 0];
  #trimming: Promise<void> | undefined;
  #backlog = 0;

  constructor(options: AppenderOptions) {
    this.#options = options;
    this.#trimEvery = Math.max(100, Math.floor(options.retention.maxEvents / 10));
  }

  /** Learns where the levels end, and makes the scripts known to the server. */
  async begin(): Promise<void> {
    const { store } = this.#options;
    const [ends] = (await store.run(appendOnceScript, this.#onceArguments([], false))) as unknown as readonly [readonly Buffer[]];
    this.#ends = ends.map(String);
    await store.run(appendScript, freshArguments([]));
    await this.#trim();
  }

  async append(batch: readonly EncodedEvent[]): Promise<readonly boolean[]> {
    await this.#checkBacklog(batch.length);
    if (batch.length <= batchSize) return this.#store(batch);
    const parts: Promise<readonly boolean[]>[] = [];
    for (let at = 0; at < batch.length; at += batchSize) parts.push(this.#store(batch.slice(at, at + batchSize)));
    return (await Promise.all(parts)).flat();
  }

  async #store(batch: readonly EncodedEvent[]): Promise<readonly boolean[]> {
    const { store } = this.#options;
    const before = this.#ends;
    const doubts = this.#doubtful.size > 0 && batch.some(({ event }) => this.#doubtful.has(identityOf(event.source, event.id)));
    const once = doubts || batch.some(({ fresh }) => !fresh);
    for (const { event } of batch) this.#appended[levelOf(event['priority'])]++;
    let reply: RedisReply;
    try {
      reply = await (once
        ? store.run(appendOnceScript, this.#onceArguments(batch, doubts))
        : store.run(appendScript, freshArguments(batch)));
    } catch (error) {
      throw this.#failed(batch, before, error);
    }
    const [ends, duplicates] = (once ? reply : [reply, []]) as unknown as readonly [readonly Buffer[], readonly number[]];
    this.#ends = ends.map((end, level) => (end.length > 0 ? String(end) : (this.#ends[level] ?? '0-0')));
    if (doubts) for (const { event } of batch) this.#doubtful.delete(identityOf(event.source, event.id));
    this.#trimNowAndThen();
    const results = new Array<boolean>(batch.length).fill(false);
    for (const place of duplicates) results[place] = true;
    return results;
  }

  #onceArguments(batch: readonly EncodedEvent[], doubts: boolean): RedisArgument[] {
    const { maxAgeMs, maxEvents } = this.#options.retention;
    const texts: string[] = [];
    for (const encoded of batch) {
      const { event, json, fresh } = encoded;
      const known = fresh && !this.#doubtful.has(identityOf(event.source, event.id));
      texts.push(String(levelOf(event['priority'])), laneOf(encoded), known ? '' : identityOf(event.source, event.id), event.type, json);
    }
    return [Math.ceil(maxAgeMs), Math.max(1, maxEvents), ...(doubts ? this.#endsBefore : ['', '', '']), packed(texts)];
  }

  #failed(batch: readonly EncodedEvent[], before: readonly string[], error: unknown): unknown {
    if (!TuttiError.is(error, 'STORE_UNAVAILABLE')) return error;
    const { sent, problem } = error.details as { readonly sent?: boolean; readonly problem: string };
    if (sent !== false && this.#doubtful.size < maxDoubtful) {
      if (this.#doubtful.size === 0) this.#endsBefore = before;
      for (const { event, fresh } of batch) if (fresh) this.#doubtful.add(identityOf(event.source, event.id));
    }
    if (!/\bOOM\b/.test(problem)) return error;
    return messagingError('MESSAGING_BACKPRESSURE', { bus: this.#options.bus, problem: 'the memory of the server is full' });
  }

  async #checkBacklog(more: number): Promise<void> {
    const { maxBacklog, bus } = this.#options;
    if (this.#backlog + this.#sinceTrim() + more <= maxBacklog) return;
    await this.#trim(); // counts anew
    if (this.#backlog + more > maxBacklog)
      throw messagingError('MESSAGING_BACKPRESSURE', { bus, problem: `${this.#backlog} events wait for the slowest subscription` });
  }

  #sinceTrim(): number {
    return this.#appended[0] + this.#appended[1] + this.#appended[2];
  }

  #trimNowAndThen(): void {
    // what this one does not do the next one does
    if (this.#sinceTrim() >= this.#trimEvery) this.#trim().catch(() => undefined);
  }

  #trim(): Promise<void> {
    this.#trimming ??= this.#trimOnce().finally(() => {
      this.#trimming = undefined;
    });
    return this.#trimming;
  }

  async #trimOnce(): Promise<void> {
    const { store, retention } = this.#options;
    const counts = this.#appended;
    this.#appended = [0, 0, 0];
    const args = [retention.maxEvents, Math.ceil(retention.maxAgeMs), this.#trimEvery * 20, ...counts];
    this.#backlog = Number(await store.run(trimScript, args));
  }
}

function freshArguments(batch: readonly EncodedEvent[]): RedisArgument[] {
  const texts: string[] = [];
  for (const encoded of batch) texts.push(`${levelOf(encoded.event['priority'])}${laneOf(encoded)}`, encoded.event.type, encoded.json);
  return [packed(texts)];
}
