import { Call } from '../call/call.ts';
import type { Settings } from './cache-options.ts';
import { type Entry, freshness } from './entry.ts';
import type { FirstLevel } from './first-level.ts';
import { Flight } from './flight.ts';
import type { Brought, Load, Loader } from './loader.ts';
import type { ScopedKey } from './scoped-key.ts';
import type { SecondLevel } from './second-level.ts';
import { isProvable, type Shelf } from './shelf.ts';

/** What one caller wants of the cache. */
export interface Wanted {
  readonly key: ScopedKey;
  readonly load: Load;
  readonly tags: readonly string[];
  readonly ttlMs: number;
  readonly call: Call | undefined;
}

/** The loads under way in this process, at most one for a key that others may join. */
export class Flights {
  readonly #settings: Settings;
  readonly #first: FirstLevel;
  readonly #second: SecondLevel | undefined;
  readonly #shelf: Shelf;
  readonly #loader: Loader;
  readonly #current: Map<string, Flight> = new Map();
  /** All that has to end before the cache has: loads, overtaken ones included, and what they tell other processes. */
  readonly #pending: Map<Promise<unknown>, Flight> = new Map();

  constructor(parts: {
    readonly settings: Settings;
    readonly first: FirstLevel;
    readonly second: SecondLevel | undefined;
    readonly shelf: Shelf;
    readonly loader: Loader;
  }) {
    this.#settings = parts.settings;
    this.#first = parts.first;
    this.#second = parts.second;
    this.#shelf = parts.shelf;
    this.#loader = parts.loader;
  }

  /** A load under way whose result will be kept. */
  find(key: string): Flight | undefined {
    const flight = this.#current.get(key);
    return flight?.overtaken ? undefined : flight;
  }

  /** Begins a load in place of any that is under way. */
  begin(wanted: Wanted, previous: Entry | undefined, background: boolean): Flight {
    const { key, load, call, tags, ttlMs } = wanted;
    const { runtime } = this.#settings;
    const { tenant, principal } = key.partition;
    const flight = new Flight({
      key: key.text,
      tags,
      background,
      startedAt: runtime.clock.now(),
      call: Call.root({
        runtime,
        ...(tenant !== undefined && { tenant }),
        ...(principal !== undefined && { principal }),
        ...(call && { traceparent: call.traceparent, correlationId: call.correlationId }),
      }),
    });
    this.overtake((other) => other.key === flight.key);
    this.#current.set(flight.key, flight);
    const brought = this.#loader.bring({ flight, load, ttlMs, previous, confirms: !background });
    flight.begin(this.#land(flight, brought));
    this.#until(flight, this.#share(flight, brought));
    return flight;
  }

  /** What these loads bring is kept nowhere, and nobody joins them any more. */
  overtake(isMeant: (flight: Flight) => boolean): void {
    for (const flight of this.#current.values()) {
      if (!isMeant(flight)) continue;
      flight.overtaken = true;
      this.#current.delete(flight.key);
    }
  }

  async close(reason: unknown): Promise<void> {
    this.overtake(() => true);
    for (const flight of this.#pending.values()) flight.call.cancel(reason);
    await Promise.all(this.#pending.keys());
  }

  async #land(flight: Flight, bringing: Promise<Brought>): Promise<Entry> {
    try {
      const { entry } = await bringing;
      if (!flight.overtaken) this.keep(flight.key, entry);
      return entry;
    } finally {
      if (this.#current.get(flight.key) === flight) this.#current.delete(flight.key);
    }
  }

  /** In this process. */
  keep(key: string, entry: Entry): void {
    if (freshness(entry, this.#settings.runtime.clock.now()) === 'dead') this.#first.delete(key);
    else this.#first.put(key, entry);
  }

  /** Leaves the entry for other processes; only then may one of them load. Those who wait here do not wait for this. */
  async #share(flight: Flight, bringing: Promise<Brought>): Promise<void> {
    const { made, lock } = await bringing;
    if (made && this.#second && !flight.overtaken && isProvable(made)) {
      await this.#shelf.keep(this.#second, flight.key, made).catch(() => undefined); // counted, and the others load for themselves
    }
    await lock?.release();
  }

  #until(flight: Flight, work: Promise<void>): void {
    const ended = work
      .catch(() => undefined) // those who wait are told by the flight
      .then(() => void this.#pending.delete(ended));
    this.#pending.set(ended, flight);
  }
}
