import type { EtcdEntry, EtcdEvent } from '@tutti/core/etcd';
import type { RegistryChange } from '../../backend/discovery-backend.ts';
import { type LifeRecord, lifeRecord } from './life-record.ts';
import type { ServiceKeys } from './service-keys.ts';

/** What is known of a service, record by record. */
export class KnownRecords {
  readonly #serviceName: string;
  readonly #prefix: string;
  readonly #farewell: string;
  readonly #records = new Map<string, LifeRecord>();
  /** The last farewell, which is a key like others. */
  #said: EtcdEntry | undefined;

  constructor(serviceName: string, keys: ServiceKeys) {
    this.#serviceName = serviceName;
    this.#prefix = keys.prefixOf(serviceName);
    this.#farewell = keys.farewellOf(serviceName);
  }

  /** How many keys there are, and the revision of the one that was written last: both are the same only if all keys are. */
  get sum(): { readonly count: number; readonly newest: bigint } {
    let newest = this.#said?.modRevision ?? 0n;
    for (const { entry } of this.#records.values()) if (entry.modRevision > newest) newest = entry.modRevision;
    return { count: this.#records.size + (this.#said ? 1 : 0), newest };
  }

  /** What somebody is told first. */
  *beginning(): Generator<RegistryChange> {
    const told = Array.from(this.#records.values(), (record) => record.told);
    yield { kind: 'snapshot', endpoints: told.flatMap((change) => (change.kind === 'upsert' ? [change.endpoint] : [])) };
    for (const change of told) if (change.kind === 'malformed') yield change;
  }

  /** These are all keys there are. What is new in it. */
  replace(entries: readonly EtcdEntry[]): readonly RegistryChange[] {
    const there = new Set(entries.map(({ key }) => key));
    const gone = [this.#farewell, ...this.#records.keys()].filter((key) => !there.has(key));
    return this.apply([
      ...gone.map((key): EtcdEvent => ({ kind: 'delete', key })),
      ...entries.map((entry): EtcdEvent => ({ kind: 'put', entry })),
    ]);
  }

  /** What is new in one step of the store. */
  apply(events: readonly EtcdEvent[]): readonly RegistryChange[] {
    for (const event of events) {
      if (event.kind === 'put' && event.entry.key === this.#farewell) this.#said = event.entry;
      if (event.kind === 'delete' && event.key === this.#farewell) this.#said = undefined;
    }
    return events.flatMap((event) => {
      if (event.kind === 'put') return event.entry.key === this.#farewell ? [] : this.#set(event.entry);
      return event.key === this.#farewell ? [] : this.#remove(event.key);
    });
  }

  #remove(key: string): readonly RegistryChange[] {
    const known = this.#records.get(key);
    if (!known) return [];
    this.#records.delete(key);
    const { incarnation } = known;
    const instanceId = key.slice(this.#prefix.length);
    const farewell = incarnation !== '' && this.#said?.value === incarnation && { farewell: true as const };
    return [{ kind: 'remove', endpoint: { serviceName: this.#serviceName, instanceId, incarnation }, ...farewell }];
  }

  /** Nothing new is in a write that only changed the lease, nor in what is known already. */
  #set(entry: EtcdEntry): readonly RegistryChange[] {
    const known = this.#records.get(entry.key);
    const record = lifeRecord(this.#serviceName, entry.key.slice(this.#prefix.length), entry);
    const same = known?.entry.value === entry.value;
    this.#records.set(entry.key, same ? { ...known, entry } : record);
    return same ? [] : [record.told];
  }
}
