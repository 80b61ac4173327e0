import type { Call } from '../call/call.ts';
import { coreError } from '../errors/core-errors.ts';
import { type Component, type ComponentState, component } from '../lifecycle/component.ts';
import type { Health } from '../lifecycle/health.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { type CacheOptions, type EntryOptions, entrySettings, type GetOptions, type Settings, settingsOf } from './cache-options.ts';
import { refreshesEarly } from './early-refresh.ts';
import { type Entry, freshness, isServed } from './entry.ts';
import { FirstLevel } from './first-level.ts';
import { Flights, type Wanted } from './flights.ts';
import { l2Guard } from './l2-guard.ts';
import { LoadLock } from './load-lock.ts';
import { type Load, Loader } from './loader.ts';
import { type ScopedKey, textOf } from './scoped-key.ts';
import { SecondLevel } from './second-level.ts';
import { isProvable, Shelf } from './shelf.ts';
import { type CacheStats, type Counts, noCounts } from './stats.ts';
import { TagVersions } from './tag-versions.ts';

/**
 * Keeps what is costly to load: in this process, and with `l2` in a store that processes share.
 *
 * - One load at a time for a key, whoever waits; with `loadLock` one in all processes. Callers come and go by themselves.
 * - An entry ends at its time, counted from when it was loaded, never later; reading does not prolong it.
 * - What `invalidateTags` has acknowledged is not read any more: in this process from the call on, in others by readers
 *   who come more than `tagBound` afterwards. A load that began before leaves nothing behind.
 * - `set` and `delete` take effect at once here and in the second level. Another process goes on with what it has in
 *   memory until the time of that ends; what all must forget at once needs a tag.
 * - A second level that is slow or away costs `l2Timeout`, and the source answers. Entries with tags are then kept for
 *   `tagBound` only, because nobody can tell what was invalidated.
 * - Readers share one immutable value or get a copy each, as the codec says, the one who caused the load included.
 *
 * It opens nothing, and so may be used before `start`; `stop` cancels the loads under way, and then NOT_RUNNING is thrown.
 *
 * @example
 * ```ts
 * import { Call } from '@tutti/core';
 * import { Cache, scopedKey, tenant } from '@tutti/core/cache';
 *
 * const orders = new Cache({ name: 'orders', l1: { maxBytes: 64 * 1_048_576 }, ttl: '5m', staleWhileRevalidate: '1m' });
 * const call = Call.root({ tenant: 'acme' });
 * const tags = [scopedKey(tenant(call), 'orders')];
 * const order = await orders.get(scopedKey(tenant(call), 'order', 7), async () => ({ id: 7, sum: 120 }), { tags, call });
 * await orders.invalidateTags(tags);
 * console.log(order.sum, orders.stats().loads);
 * ```
 */
export class Cache implements Component {
  readonly name: string;
  readonly on: Component['on'];
  readonly #settings: Settings;
  readonly #runtime: Runtime;
  readonly #first: FirstLevel;
  readonly #second: SecondLevel | undefined;
  readonly #tags: TagVersions;
  readonly #shelf: Shelf;
  readonly #flights: Flights;
  readonly #counts: Counts = noCounts();
  readonly #life: Component;

  /** @throws INVALID_OPTIONS */
  constructor(options: CacheOptions) {
    const settings = settingsOf(options);
    const { name, runtime, l2, l2Timeout, lockMs } = settings;
    this.name = `cache ${name}`;
    this.#settings = settings;
    this.#runtime = runtime;
    const first = new FirstLevel(settings.maxBytes);
    const second = l2 && new SecondLevel({ name, store: l2, guard: l2Guard(name, l2Timeout), runtime });
    const tags = new TagVersions({ runtime, store: second, boundMs: settings.tagBoundMs });
    const shelf = new Shelf(settings);
    const lock = second && lockMs !== undefined ? new LoadLock({ runtime, store: second, ttlMs: lockMs }) : undefined;
    const loader = new Loader({ settings, shelf, tags, store: second, lock, counts: this.#counts });
    this.#first = first;
    this.#second = second;
    this.#tags = tags;
    this.#shelf = shelf;
    this.#flights = new Flights({ settings, first, second, shelf, loader });
    this.#life = component(this.name, { close: () => this.#close() });
    this.on = this.#life.on;
  }

  /**
   * The value of `key`, loaded when there is none. `load` gets a call with the identity of the key's partition and no
   * other, so that it cannot load for one caller what others will read.
   *
   * @throws what `load` throws, when nothing may be served in its place; TIMEOUT after `loadTimeout`;
   * DEADLINE_EXCEEDED or the reason of the cancellation when the caller's call ends first; INVALID_DATA from the codec.
   */
  async get<T>(key: ScopedKey, load: (call: Call) => Promise<T>, options: GetOptions = {}): Promise<T> {
    this.#mustLive();
    const text = textOf(key, 'cache.get.key');
    const now = this.#runtime.clock.now();
    const entry = this.#first.get(text);
    if (!entry || !isServed(entry, now) || this.#tags.verdict(entry, now) !== 'valid') {
      return (await this.#miss(this.#wanted(key, load, options), entry, now)) as T;
    }
    const how = freshness(entry, now);
    this.#counts.hits++;
    if (how !== 'fresh') this.#counts.staleHits++;
    const isDue = how === 'fresh' ? refreshesEarly(entry, now, this.#settings.beta, this.#runtime.random) : how === 'stale';
    if (isDue && !this.#flights.find(text)) {
      this.#counts.refreshes++;
      this.#flights.begin(this.#wanted(key, load, options), entry, true);
    }
    return this.#shelf.open(entry) as T;
  }

  /** What is kept for `key` and may be served, without loading anything; `undefined` also for an absent value that is kept. */
  async peek<T>(key: ScopedKey): Promise<T | undefined> {
    this.#mustLive();
    const text = textOf(key, 'cache.peek.key');
    const now = this.#runtime.clock.now();
    const near = this.#first.get(text);
    if (near && isServed(near, now) && (await this.#tags.prove(near, now)) === 'valid') return this.#shelf.open(near) as T;
    const far = this.#second && (await this.#shelf.find(this.#second, text).catch(() => undefined));
    if (far && isServed(far, now) && (await this.#tags.proveForeign(far, now)) === 'valid') return this.#shelf.open(far) as T;
    return undefined;
  }

  /**
   * Keeps `value` as if it had just been loaded. Resolves when the second level, if there is one, has it too.
   * @throws INVALID_DATA from the codec; what the second level throws, and then others may still read the old value.
   */
  async set(key: ScopedKey, value: unknown, options: EntryOptions = {}): Promise<void> {
    this.#mustLive();
    const text = textOf(key, 'cache.set.key');
    const { tags, ttlMs } = entrySettings('cache.set.options', options, this.#settings);
    const beganAt = this.#runtime.clock.now();
    await this.#tags.learn(tags, beganAt);
    const made = this.#shelf.make(value, { ttlMs, beganAt, loadMs: 0, marks: this.#tags.marks(tags, beganAt) });
    this.#flights.overtake((flight) => flight.key === text);
    this.#flights.keep(text, made.entry);
    if (this.#second) await (isProvable(made) ? this.#shelf.keep(this.#second, text, made) : this.#second.delete('entry', text));
  }

  /** Forgets one entry, and the result of a load of it that is under way. @throws what the second level throws. */
  async delete(key: ScopedKey): Promise<void> {
    this.#mustLive();
    const text = textOf(key, 'cache.delete.key');
    this.#flights.overtake((flight) => flight.key === text);
    this.#first.delete(text);
    await this.#second?.delete('entry', text);
  }

  /**
   * Forgets all entries with any of these tags. Call it when the source has been changed, not before. Resolves when all
   * processes will keep to it within `tagBound`.
   * @throws what the second level throws: then other processes may not know, so try again.
   */
  async invalidateTags(tags: readonly ScopedKey[]): Promise<void> {
    this.#mustLive();
    const texts = tags.map((tag, index) => textOf(tag, `cache.invalidateTags.tags[${index}]`));
    this.#flights.overtake((flight) => flight.tags.some((tag) => texts.includes(tag)));
    await this.#tags.invalidate(texts);
  }

  stats(): CacheStats {
    return { ...this.#counts, l2Failures: this.#second?.failures ?? 0, entries: this.#first.size, bytes: this.#first.bytes };
  }

  get state(): ComponentState {
    return this.#life.state;
  }

  start(): Promise<void> {
    return this.#life.start();
  }

  async stop(): Promise<void> {
    if (this.#life.state === 'idle') await this.#life.start(); // a component that was never started has nothing to close
    await this.#life.stop();
  }

  /** Degraded while the second level cannot be used: everything is answered, by this process and the source. */
  async health(): Promise<Health> {
    if (this.#isOver) return this.#life.health();
    const problem = this.#second?.problem;
    return problem === undefined ? { status: 'healthy' } : { status: 'degraded', reason: `the second level cannot be used: ${problem}` };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #miss(wanted: Wanted, entry: Entry | undefined, cameAt: number): Promise<unknown> {
    const { call, key } = wanted;
    call?.throwIfOver('cache.get');
    this.#counts.misses++;
    const flight = this.#flights.find(key.text) ?? this.#flights.begin(wanted, entry, false);
    const brought = await flight.join(call);
    if (flight.startedAt >= cameAt || (await this.#tags.prove(brought, cameAt)) === 'valid') return this.#shelf.open(brought);
    // what it brought was invalidated before this caller came, or may have been; any load under way by now began later
    const later = this.#flights.find(key.text) ?? this.#flights.begin(wanted, undefined, false);
    return this.#shelf.open(await later.join(call));
  }

  #wanted(key: ScopedKey, load: Load, options: GetOptions): Wanted {
    return { key, load, ...entrySettings('cache.get.options', options, this.#settings) };
  }

  get #isOver(): boolean {
    return this.#life.state === 'stopping' || this.#life.state === 'stopped';
  }

  #mustLive(): void {
    if (this.#isOver) throw coreError('NOT_RUNNING', { component: this.name, state: this.state });
  }

  async #close(): Promise<void> {
    await this.#flights.close(coreError('CANCELLED', { reason: `${this.name} stops` }));
    this.#first.clear();
  }
}
