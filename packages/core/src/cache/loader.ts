import type { Call } from '../call/call.ts';
import { compose } from '../handler/compose.ts';
import type { Handler } from '../handler/handler.ts';
import { type Backoff, exponential } from '../policy/backoff.ts';
import { timeout } from '../policy/timeout.ts';
import { sleep } from '../runtime/sleep.ts';
import type { Settings } from './cache-options.ts';
import { type Entry, freshness } from './entry.ts';
import type { Flight } from './flight.ts';
import type { HeldLock, LoadLock } from './load-lock.ts';
import type { SecondLevel } from './second-level.ts';
import type { Made, Shelf } from './shelf.ts';
import type { Counts } from './stats.ts';
import type { TagVersions } from './tag-versions.ts';

export type Load = (call: Call) => Promise<unknown>;

/** What a flight is asked to bring. */
export interface Order {
  readonly flight: Flight;
  readonly load: Load;
  readonly ttlMs: number;
  /** What this process had until now, if anything. */
  readonly previous: Entry | undefined;
  /** Whether `previous` will do if its tags turn out to be current. */
  readonly confirms: boolean;
}

/** What a flight brought; `made` and `lock` when it loaded, for the caller to keep and to release. */
export interface Brought {
  readonly entry: Entry;
  readonly made?: Made;
  readonly lock?: HeldLock;
}

/** After a failed load the last good value is served for so long without another try. */
const retryAfterMs = 1_000;

/** Brings an entry: from the second level if somebody has made it, else from the source, else what was good before. */
export class Loader {
  readonly #settings: Settings;
  readonly #shelf: Shelf;
  readonly #tags: TagVersions;
  readonly #store: SecondLevel | undefined;
  readonly #lock: LoadLock | undefined;
  readonly #counts: Counts;
  readonly #bounded: Handler<Load, unknown>;
  readonly #polling: Backoff = exponential({ initial: '10ms', factor: 1.5, max: '200ms' });

  constructor(parts: {
    readonly settings: Settings;
    readonly shelf: Shelf;
    readonly tags: TagVersions;
    readonly store: SecondLevel | undefined;
    readonly lock: LoadLock | undefined;
    readonly counts: Counts;
  }) {
    this.#settings = parts.settings;
    this.#shelf = parts.shelf;
    this.#tags = parts.tags;
    this.#store = parts.store;
    this.#lock = parts.lock;
    this.#counts = parts.counts;
    const { name, loadTimeout } = parts.settings;
    this.#bounded = compose(
      (load: Load, call: Call) => load(call),
      [timeout({ operation: `a load for the cache ${name}`, timeout: loadTimeout })],
    );
  }

  async bring(order: Order): Promise<Brought> {
    const { flight, previous } = order;
    const { clock } = this.#settings.runtime;
    const cameAt = clock.now();
    const [found] = await Promise.all([this.#find(flight.key), this.#tags.learn(flight.tags, cameAt)]);
    // what was invalidated is no measure of what is newer
    const standing = previous && this.#tags.verdict(previous, cameAt) === 'valid' ? previous : undefined;
    if (order.confirms && standing && freshness(standing, clock.now()) === 'fresh') return { entry: standing };
    if (isNewer(found, standing, clock.now())) return { entry: found };
    const turn = await this.#turn(order, standing);
    if ('entry' in turn) return turn;
    try {
      const made = await this.#load(order);
      return { entry: made.entry, made, ...turn };
    } catch (error) {
      await turn.lock?.release();
      return { entry: await this.#fallback(order, found, error) };
    }
  }

  /** A valid entry of the second level; nothing when that cannot be asked, or cannot be believed. */
  async #find(key: string): Promise<Entry | undefined> {
    if (!this.#store) return undefined;
    const cameAt = this.#settings.runtime.clock.now();
    const found = await this.#shelf.find(this.#store, key).catch(() => undefined);
    if (!found || (await this.#tags.proveForeign(found, cameAt)) !== 'valid') return undefined;
    this.#counts.l2Hits++;
    return found;
  }

  /** Waits until this flight may load, or until somebody else has. An unreachable store keeps nobody from loading. */
  async #turn({ flight, previous }: Order, standing: Entry | undefined): Promise<Brought | { readonly lock?: HeldLock }> {
    if (!this.#lock || this.#store?.problem !== undefined) return {};
    const { clock, random } = this.#settings.runtime;
    for (let tries = 1; ; tries++) {
      const lock = await this.#lock.tryTake(flight.key).catch(() => 'unreachable' as const);
      if (lock === 'unreachable') return {};
      // who held it before may have left an entry between our look and our lock
      const found = await this.#find(flight.key);
      if (isNewer(found, standing, clock.now())) {
        await lock?.release();
        return { entry: found };
      }
      if (lock) {
        await this.#tags.learn(flight.tags, clock.now());
        return { lock };
      }
      if (previous && flight.background && !flight.isWaitedFor) return { entry: previous };
      await sleep(clock, this.#polling.delayMs(tries, random), { signal: flight.call.signal });
    }
  }

  async #load({ flight, load, ttlMs }: Order): Promise<Made> {
    const { clock } = this.#settings.runtime;
    const beganAt = clock.now();
    const marks = this.#tags.marks(flight.tags, beganAt);
    this.#counts.loads++;
    try {
      const value = await whileWanted(this.#bounded(load, flight.call), flight.call);
      return this.#shelf.make(value, { ttlMs, beganAt, loadMs: clock.now() - beganAt, marks });
    } catch (error) {
      this.#counts.loadFailures++;
      throw error;
    }
  }

  /** What was good before, if it is still valid and its time for this has not passed; else the failure as it came. */
  async #fallback({ flight, previous }: Order, found: Entry | undefined, error: unknown): Promise<Entry> {
    if (flight.call.cancelled) throw error;
    const { clock, logger } = this.#settings.runtime;
    const last = newest(previous, found);
    const now = clock.now();
    if (!last || freshness(last, now) === 'dead' || (await this.#tags.prove(last, now)) !== 'valid') throw error;
    this.#counts.servedOnError++;
    logger.log('warn', `a load for the cache ${this.#settings.name} failed; the last good value is served`, { key: flight.key, error });
    return { ...last, retryAt: now + retryAfterMs };
  }
}

/** Whether what lies in the second level spares the load: it is fresh, and not what is to be replaced. */
function isNewer(found: Entry | undefined, previous: Entry | undefined, now: number): found is Entry {
  if (!found || freshness(found, now) !== 'fresh') return false;
  return !previous || freshness(previous, now) !== 'fresh' || found.madeAt > previous.madeAt + clockToleranceMs;
}

/** The same entry read twice seems to have been made at times that differ by how long each read took. */
const clockToleranceMs = 100;

/** A load that does not heed its cancellation is not waited for. */
function whileWanted<T>(work: Promise<T>, call: Call): Promise<T> {
  return new Promise((resolve, reject) => {
    const forget = call.onCancel(reject);
    work.then(resolve, reject).finally(forget);
  });
}

function newest(left: Entry | undefined, right: Entry | undefined): Entry | undefined {
  if (!left || !right) return left ?? right;
  return left.madeAt >= right.madeAt ? left : right;
}
