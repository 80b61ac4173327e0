import { coreError, type Endpoint, type EndpointRef } from '@tutti/core';
import type { EtcdConnection, EtcdEntry, EtcdOperation } from '@tutti/core/etcd';
import type { LifeState } from '../../backend/discovery-backend.ts';
import { storeEndpoint } from '../../backend/stored-endpoint.ts';
import { Leases } from './leases.ts';
import { lifeRecord } from './life-record.ts';
import type { ServiceKeys } from './service-keys.ts';
import { Turns } from './turns.ts';

/** How often a write begins again because somebody else has written the same instance meanwhile. */
const maxRounds = 32;

/** Of the operations of one transaction; etcd allows 128 unless told otherwise. */
const maxReads = 100;

/**
 * Writes lives. Every write holds only if its key is still as it was read, so one that arrives late, after its caller has given it up, changes nothing
 * that came after it.
 */
export class RegistryWriter {
  readonly #connection: EtcdConnection;
  readonly #keys: ServiceKeys;
  readonly #leases: Leases;
  readonly #turns = new Turns();

  constructor(connection: EtcdConnection, keys: ServiceKeys) {
    this.#connection = connection;
    this.#keys = keys;
    this.#leases = new Leases(connection);
  }

  put(endpoint: Endpoint, ttlMs: number): Promise<void> {
    const key = this.#keys.keyOf(endpoint);
    return this.#turns.take([key], async () => {
      await this.#leases.settle(key);
      const value = storeEndpoint(endpoint);
      await this.#leases.begin(key, ttlMs, (lease) =>
        this.#rounds(key, undefined, () => ({ write: [{ put: key, value, lease }], says: undefined })),
      );
    });
  }

  mark(life: EndpointRef, state: Endpoint['state']): Promise<LifeState> {
    const key = this.#keys.keyOf(life);
    return this.#turns.take([key], async () => {
      const seen = await this.#settled(key);
      return this.#rounds<LifeState>(key, seen, (entry) => {
        const standing = standingOf(life, entry);
        if (typeof standing === 'string') return { says: standing };
        if (standing.state === 'draining' || standing.state === state) return { says: standing.state };
        // a lease that is not there cannot be kept: whoever wrote that record wrote it without
        const lease = entry?.lease === '0' ? {} : { lease: 'keep' };
        return { write: [{ put: key, value: storeEndpoint({ ...standing, state }), ...lease }], says: state };
      });
    });
  }

  remove(life: EndpointRef): Promise<void> {
    const key = this.#keys.keyOf(life);
    return this.#turns.take([key], async () => {
      const seen = await this.#settled(key);
      await this.#rounds(key, seen, (entry) => {
        if (typeof standingOf(life, entry) === 'string') return { says: undefined };
        const lease = entry?.lease === '0' ? {} : { lease: entry?.lease ?? '0' };
        const farewell = { put: this.#keys.farewellOf(life.serviceName), value: life.incarnation, ...lease };
        return { write: [{ delete: key }, farewell], says: undefined };
      });
    });
  }

  renew(lives: readonly EndpointRef[], ttlMs: number): Promise<readonly LifeState[]> {
    const keys = lives.map((life) => this.#keys.keyOf(life));
    return this.#turns.take(keys, async () => {
      await Promise.all(keys.map((key) => this.#leases.settle(key)));
      const entries = await this.#read(keys);
      return Promise.all(lives.map((life, index) => this.#renewed(life, entries[index], ttlMs)));
    });
  }

  settled(): Promise<void> {
    return this.#turns.settled();
  }

  async #renewed(life: EndpointRef, entry: EtcdEntry | undefined, ttlMs: number): Promise<LifeState> {
    const standing = standingOf(life, entry);
    if (typeof standing === 'string' || !entry) return typeof standing === 'string' ? standing : 'gone';
    const kept = await this.#leases.keep(entry.lease, ttlMs);
    if (kept === 'kept') return standing.state;
    if (kept === 'over') return 'gone';
    return this.#leases.begin(entry.key, ttlMs, (lease) =>
      this.#rounds<LifeState>(entry.key, entry, (now) => {
        const stands = standingOf(life, now);
        if (typeof stands === 'string' || !now) return { says: typeof stands === 'string' ? stands : 'gone' };
        return { write: [{ put: now.key, value: now.value, lease }], says: stands.state };
      }),
    );
  }

  async #read(keys: readonly string[]): Promise<readonly (EtcdEntry | undefined)[]> {
    const parts = Array.from({ length: Math.ceil(keys.length / maxReads) }, (_none, index) =>
      keys.slice(index * maxReads, (index + 1) * maxReads),
    );
    const found = await Promise.all(parts.map((part) => this.#connection.transact({ apply: part.map((key) => ({ get: { key } })) })));
    return found.flatMap((part) => part.found.map(([entry]) => entry));
  }

  async #settled(key: string): Promise<EtcdEntry | undefined> {
    await this.#leases.settle(key);
    return (await this.#connection.range({ key })).entries[0];
  }

  /** Decides by what the key holds, and writes if it still does; begins again with what it holds instead if not. */
  async #rounds<T>(key: string, first: EtcdEntry | undefined, decide: (entry: EtcdEntry | undefined) => Decision<T>): Promise<T> {
    let entry = first;
    for (let round = 0; round < maxRounds; round++) {
      const { write, says } = decide(entry);
      if (!write) return says;
      const when = [{ key, modRevision: entry?.modRevision ?? 0n }];
      const outcome = await this.#connection.transact({ when, apply: write, otherwise: [{ get: { key } }] });
      if (outcome.done) return says;
      entry = outcome.found[0]?.[0];
    }
    throw coreError('STORE_UNAVAILABLE', { store: this.#connection.name, problem: `others write ${key} all the time`, sent: false });
  }
}

interface Decision<T> {
  readonly write?: readonly EtcdOperation[];
  /** The answer, once that is written. */
  readonly says: T;
}

/** The endpoint where the record is of this very life. A record that is no endpoint has ended the life that was there. */
function standingOf(life: EndpointRef, entry: EtcdEntry | undefined): Endpoint | 'gone' | 'replaced' {
  if (!entry) return 'gone';
  const { told } = lifeRecord(life.serviceName, life.instanceId, entry);
  if (told.kind === 'malformed') return 'gone';
  return told.endpoint.incarnation === life.incarnation ? told.endpoint : 'replaced';
}
