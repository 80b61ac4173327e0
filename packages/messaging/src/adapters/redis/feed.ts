import { randomUUID } from 'node:crypto';
import { deadlineWheel } from '@tutti/core';
import type { RedisReader, RedisReply } from '@tutti/core/redis';
import { compilePattern, type TypeMatcher } from '../../pattern/event-pattern.ts';
import type { Delivery, Feed, Outcome, SubscriptionRequest } from '../../transport/event-transport.ts';
import { Backlog } from './backlog.ts';
import { type BusStore, isNoGroup, type Subscribed } from './bus-store.ts';
import { firstDelivery, laterDelivery, type RedisDelivery, type StreamReplies, streamsOf, typeOf } from './delivery.ts';
import { namePattern } from './name-pattern.ts';
import { packed } from './packed.ts';
import { settleArguments } from './settle-arguments.ts';
import { acknowledgeScript, handledScript, leaveScript, settleScript } from './settle-scripts.ts';
import { takeOrderedScript, takeScript } from './take-scripts.ts';

export interface RedisFeedOptions {
  readonly store: BusStore;
  readonly request: SubscriptionRequest;
  readonly subscribed: Subscribed;
  readonly onClose: (feed: RedisFeed) => void;
}

type TakeReply = [more: number, soonestMs: number, scanned: number, again: readonly RedisReply[], ...found: (readonly RedisReply[])[]];

/** What one script reads or settles at most: the server does nothing else meanwhile. */
const batchSize = 1_000;
/** How long a wait at the server lasts at most, and with it a look for what others lost. */
const longestWaitMs = 1_000;

/**
 * Reads by a script that gives exactly what is asked for; where nothing is there it waits at the server, on a connection of its own, with a command that takes what comes.
 * What that brings beyond the question, or after it, is kept here and given first.
 */
export class RedisFeed implements Feed {
  readonly #options: RedisFeedOptions;
  readonly #matches: TypeMatcher;
  readonly #everything: boolean;
  readonly #leaseMs: number;
  #consumer: string;
  /** What was given under this name and is not settled, where the order of keys is kept. */
  #mine = new Set<string>();
  readonly #backlog = new Backlog();
  #timesGivenBack = 0;
  readonly #wakers = new Set<() => void>();
  /** Identities of what is held, where there is an inbox. */
  readonly #identities = new Map<string, string>();
  /** First deliveries that were handed out. */
  readonly #unsettled = new Set<string>();
  /** A settlement was not answered: from now on each acknowledgement is looked at by itself. */
  #unsure = false;
  /** The next question goes to the script, whatever it costs. */
  #askSoon = true;
  /** All that came last was of one priority. */
  #single = false;
  #subscribed: Subscribed;
  #forgotten = false;
  #reader: RedisReader | undefined;
  #waiting: Promise<void> | undefined;
  #rings: string[] = [];
  /** Where the streams ended at the last look, for a subscription that keeps the order of keys. */
  #ends: readonly string[] = [];
  #turn = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** When the script must be asked again. */
  #askAt = 0;
  #closing: Promise<void> | undefined;

  constructor(options: RedisFeedOptions) {
    const { request, subscribed } = options;
    this.#options = options;
    this.#subscribed = subscribed;
    this.#leaseMs = Math.max(1, Math.ceil(request.leaseMs));
    this.#matches = compilePattern(request.pattern);
    this.#everything = request.pattern === '**';
    this.#consumer = `${this.#leaseMs}-${randomUUID()}`;
  }

  get #clock(): BusStore['runtime']['clock'] {
    return this.#options.store.runtime.clock;
  }

  async receive(max: number, waitMs: number, signal: AbortSignal): Promise<readonly Delivery[]> {
    const endsAt = this.#clock.now() + waitMs;
    let woken = false;
    while (!this.#closing && !signal.aborted) {
      const blindly = waitMs > 0 && this.#mayTakeBlindly();
      if (!woken && !blindly && this.#backlog.size < max) await this.#take(Math.min(max - this.#backlog.size, batchSize));
      if (signal.aborted || this.#closing) return [];
      const given = await this.#hand(max);
      if (given.length > 0) return given;
      const leftMs = endsAt - this.#clock.now();
      if (leftMs <= 0) return [];
      await this.#wait(max, Math.min(leftMs, this.#askAt - this.#clock.now()), signal);
      woken = this.#backlog.size > 0;
    }
    return [];
  }

  async settle(outcomes: readonly Outcome[]): Promise<readonly boolean[]> {
    if (this.#closing || this.#forgotten) return outcomes.map(() => false);
    if (this.#options.request.ordered) return this.#settleMine(outcomes);
    if (outcomes.length <= batchSize) return this.#settle(outcomes);
    const parts: Promise<readonly boolean[]>[] = [];
    for (let at = 0; at < outcomes.length; at += batchSize) parts.push(this.#settle(outcomes.slice(at, at + batchSize)));
    return (await Promise.all(parts)).flat();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** What was given under an earlier name is somebody else's as soon as its lease ends. */
  async #settleMine(outcomes: readonly Outcome[]): Promise<readonly boolean[]> {
    const mine = this.#mine;
    const sent = outcomes.filter(({ receipt }) => mine.has(receipt));
    // whoever gives one back must not be given what comes behind it, which may be here already
    if (sent.some(({ kind }) => kind === 'release')) sent.push(...this.#giveBack());
    const accepted = sent.length > 0 ? await this.#settle(sent) : [];
    let next = 0;
    return outcomes.map(({ kind, receipt }) => {
      if (sent[next]?.receipt !== receipt) return false;
      const yes = accepted[next++] === true;
      if (kind !== 'extend' || !yes) mine.delete(receipt);
      return yes;
    });
  }

  #giveBack(): readonly Outcome[] {
    this.#timesGivenBack++;
    return this.#backlog.drain().map(({ receipt }) => {
      this.#mine.delete(receipt);
      return { kind: 'release', receipt };
    });
  }

  /**
   * A question that may have been answered, and the answer lost: what it took lies in nobody's hands under our name, and what comes after it of the same keys would be given
   * to us next. Under another name those keys are not ours, until the lease of the old one ends and they are taken over in their order.
   */
  #beginAnew(): void {
    this.#consumer = `${this.#leaseMs}-${randomUUID()}`;
    this.#mine = new Set();
    this.#backlog.drain();
  }

  async #settle(outcomes: readonly Outcome[]): Promise<readonly boolean[]> {
    const { store, request } = this.#options;
    const { group, pattern, ordered, inbox } = request;
    const results = new Array<boolean>(outcomes.length).fill(false);
    const { acknowledged, others } = settleArguments(outcomes, inbox && ((receipt) => this.#identities.get(receipt)));
    const begin = [this.#subscribed.id, this.#consumer];
    const window = inbox ? [Math.ceil(inbox.maxAgeMs), inbox.maxEvents] : ['', ''];
    const writes: Promise<void>[] = [];
    for (const { level, ids, identities, places } of acknowledged) {
      const sure = this.#settledOnce(places, outcomes);
      for (const place of places) results[place] = true;
      const args = [...begin, level, sure ? 1 : 0, ...window, packed(ids), inbox ? packed(identities) : ''];
      writes.push(
        store.run(acknowledgeScript, args).then((refused) => {
          for (const index of refused as readonly number[]) results[places[index] as number] = false;
        }),
      );
    }
    if (others.places.length > 0) {
      this.#askSoon = true; // what is due, and when, is about to change
      const args = [...begin, ordered ? 1 : 0, this.#leaseMs, ...window, group, pattern, ...others.args];
      writes.push(
        store.run(settleScript, args).then((answers) => {
          for (const [index, place] of others.places.entries()) results[place] = (answers as readonly number[])[index] === 1;
        }),
      );
    }
    try {
      await Promise.all(writes);
    } catch (error) {
      this.#unsure = true;
      throw error;
    }
    for (const [index, { kind, receipt }] of outcomes.entries()) {
      if (kind === 'extend' && results[index]) continue;
      this.#unsettled.delete(receipt);
      if (inbox) this.#identities.delete(receipt);
    }
    return results;
  }

  /** None of these was settled by this member before, so that all of them must be in the group's list. */
  #settledOnce(places: readonly number[], outcomes: readonly Outcome[]): boolean {
    let once = !this.#unsure;
    for (const place of places) once = this.#unsettled.delete((outcomes[place] as Outcome).receipt) && once;
    return once;
  }

  /** Asks the server, without waiting there. */
  async #take(max: number): Promise<void> {
    const now = this.#clock.now();
    if (this.#forgotten) {
      this.#askAt = now + longestWaitMs;
      return;
    }
    this.#askSoon = false;
    const { store, request } = this.#options;
    const lookEveryMs = Math.min(longestWaitMs, this.#leaseMs / 10);
    const look = now - this.#lookedAt >= lookEveryMs;
    const rings = this.#rings.splice(0);
    const script = request.ordered ? takeOrderedScript : takeScript;
    const args = [max, this.#turn, this.#leaseMs, namePattern(request.pattern), look ? '1' : '0', ...rings];
    let reply: RedisReply;
    try {
      reply = await store.run(script, [this.#subscribed.id, this.#consumer, ...args]);
    } catch (error) {
      if (isNoGroup(error)) return this.#recover();
      if (request.ordered) this.#beginAnew();
      throw error;
    }
    if (look) this.#lookedAt = now;
    const [more, soonestMs, scanned, again, ...found] = reply as unknown as TakeReply;
    for (const one of again) {
      const delivery = laterDelivery(one, now);
      if (request.ordered) this.#mine.add(delivery.receipt);
      this.#backlog.push(delivery);
    }
    if (request.ordered) this.#ends = (found[0] ?? []).map(String);
    else this.#keepFound(found, max - again.length, scanned, now);
    const patience = request.ordered ? Math.min(longestWaitMs, this.#leaseMs / 3) : lookEveryMs;
    this.#askAt = more === 1 ? now : now + (soonestMs < 0 ? patience : Math.min(soonestMs, patience));
  }

  #keepFound(found: readonly (readonly RedisReply[])[], asked: number, scanned: number, now: number): void {
    let count = 0;
    for (const [level, parts] of found.entries()) {
      for (const entries of parts as readonly (readonly RedisReply[])[]) {
        for (const entry of entries) this.#backlog.push(firstDelivery(level, entry, now));
        count += entries.length;
      }
    }
    // of fewer than ten turns the script asks no level but those whose turn it is
    const askedAll = asked >= 10 || count < asked;
    this.#single = askedAll && found.filter((parts) => parts.length > 0).length === 1 && scanned <= 2 * count;
  }

  /** Whether the wait at the server may take what is there: it takes as many of each priority as are asked for. */
  #mayTakeBlindly(): boolean {
    return this.#single && !this.#askSoon && this.#rings.length === 0 && this.#clock.now() < this.#askAt;
  }

  async #hand(max: number): Promise<readonly Delivery[]> {
    const taken = this.#backlog.take(max);
    if (taken.length === 0) return taken;
    for (const { receipt } of taken) this.#unsettled.add(receipt);
    this.#turn = (this.#turn + taken.length) % 10;
    const timesGivenBack = this.#timesGivenBack;
    try {
      const kept = await this.#stillLeased(taken);
      if (this.#options.request.inbox) await this.#markHandled(kept);
      if (timesGivenBack === this.#timesGivenBack) return kept;
      await this.#settleMine(kept.map(({ receipt }) => ({ kind: 'release', receipt })));
      return [];
    } catch (error) {
      this.#backlog.putBack(taken);
      throw error;
    }
  }

  /** What waited here for long must not run out in its handler's hands. */
  async #stillLeased(taken: readonly RedisDelivery[]): Promise<readonly RedisDelivery[]> {
    const oldest = this.#clock.now() - this.#leaseMs / 4;
    const stale = taken.filter(({ leasedAt }) => leasedAt < oldest);
    if (stale.length === 0) return taken;
    const now = this.#clock.now();
    const mine = await this.#settle(stale.map(({ receipt }) => ({ kind: 'extend', receipt })));
    const lost = new Set(stale.filter((_delivery, index) => !mine[index]));
    for (const delivery of stale) delivery.leasedAt = now;
    return taken.filter((delivery) => !lost.has(delivery));
  }

  async #markHandled(taken: readonly RedisDelivery[]): Promise<void> {
    const asked: RedisDelivery[] = [];
    for (const delivery of taken) {
      const { identity } = delivery;
      if (identity === undefined) continue;
      this.#identities.set(delivery.receipt, identity);
      if (delivery.replayedFrom === undefined) asked.push(delivery);
    }
    if (asked.length === 0) return;
    for (let at = 0; at < asked.length; at += batchSize) {
      const some = asked.slice(at, at + batchSize);
      const identities = packed(some.map(({ identity }) => identity as string));
      const known = await this.#options.store.run(handledScript, [this.#subscribed.id, identities]);
      for (const place of known as readonly number[]) (some[place] as RedisDelivery).handled = true;
    }
  }

  /** Until something is here, or may be there. A wait at the server that nobody waits for any more goes on, and what it brings is kept. */
  async #wait(max: number, ms: number, signal: AbortSignal): Promise<void> {
    if (ms <= 0) return;
    const wheel = deadlineWheel(this.#clock);
    await new Promise<void>((resolve, reject) => {
      const end = (): void => {
        deadline.cancel();
        signal.removeEventListener('abort', end);
        this.#wakers.delete(end);
        resolve();
      };
      const deadline = wheel.at(this.#clock.now() + ms, end);
      signal.addEventListener('abort', end, { once: true });
      this.#wakers.add(end);
      if (this.#forgotten) return;
      this.#waiting ??= this.#waitAtServer(Math.min(max, batchSize), ms).finally(() => {
        this.#waiting = undefined;
      });
      this.#waiting.then(end, (error: unknown) => {
        end();
        reject(error);
      });
    });
  }

  async #waitAtServer(max: number, ms: number): Promise<void> {
    const { store, request } = this.#options;
    const { keys, connection, commandMs } = store;
    const { id } = this.#subscribed;
    const blockMs = Math.max(1, Math.floor(ms));
    const streams = [`${keys}:0`, `${keys}:1`, `${keys}:2`, `${keys}:${id}:bell`];
    this.#reader ??= connection.reader();
    const command = request.ordered
      ? ['XREAD', 'COUNT', 1, 'BLOCK', blockMs, 'STREAMS', ...streams, ...this.#ends]
      : ['XREADGROUP', 'GROUP', id, this.#consumer, 'COUNT', max, 'BLOCK', blockMs, 'STREAMS', ...streams, '>', '>', '>', '>'];
    if (request.ordered && this.#ends.length !== streams.length) return;
    const [name, ...args] = command as [string, ...(string | number)[]];
    let reply: RedisReply;
    try {
      reply = await this.#reader.read(blockMs + commandMs, name, ...args);
    } catch (error) {
      if (this.#closing) return;
      this.#askSoon = true;
      if (!isNoGroup(error)) throw error;
      return this.#recover();
    }
    if (reply === null || request.ordered) return;
    await this.#heard(streamsOf(reply));
  }

  async #heard(streams: StreamReplies): Promise<void> {
    const { keys, connection } = this.#options.store;
    const { id } = this.#subscribed;
    const now = this.#clock.now();
    let [matching, levels, all] = [0, 0, 0];
    for (const [key, entries] of streams) {
      const stream = String(key);
      if (stream.endsWith(':bell')) {
        this.#rings.push(...entries.map((entry) => String((entry as readonly Buffer[])[0])));
        continue;
      }
      const others: string[] = [];
      levels++;
      all += entries.length;
      for (const entry of entries) {
        if (this.#everything || this.#matches(typeOf(entry))) {
          matching++;
          this.#backlog.push(firstDelivery(Number(stream.at(-1)), entry, now));
        } else others.push(String((entry as readonly Buffer[])[0]));
      }
      if (others.length > 0) await connection.command('XACK', `${keys}:${stream.at(-1)}`, id, ...others);
    }
    if (levels > 0) this.#single = levels === 1 && all <= 2 * matching;
  }

  /** The server does not know the group: it was forgotten, or the server lost what it had and has to be told again. */
  async #recover(): Promise<void> {
    const { store, request } = this.#options;
    if ((await store.fateOf(request, this.#subscribed)) === 'forgotten') {
      this.#forgotten = true;
      return;
    }
    this.#subscribed = await store.subscribe({ ...request, from: 'beginning' });
    const { group, pattern } = request;
    store.runtime.logger.log('warn', `${store.connection.name} lost the subscription of ${group} to ${pattern}; it was made again`);
  }

  async #close(): Promise<void> {
    for (const wake of this.#wakers) wake();
    this.#reader?.close();
    this.#options.onClose(this);
    if (this.#forgotten) return;
    const args = [this.#subscribed.id, this.#consumer, this.#options.request.ordered ? '1' : '0'];
    try {
      while ((await this.#options.store.run(leaveScript, args)) === 1);
    } catch (error) {
      // what it held is taken over when the leases run out
      this.#options.store.runtime.logger.log('warn', 'a member could not release what it held when it left', { error });
    }
  }
}
