import type { RegistryChange } from '../../backend/discovery-backend.ts';
import { isRecordOf, type LifeRecord, lifeRecord } from './life-record.ts';
import type { Look } from './look.ts';

/** What is known of a service, record by record. */
export class KnownLives {
  readonly #serviceName: string;
  readonly #records = new Map<string, LifeRecord>();

  constructor(serviceName: string) {
    this.#serviceName = serviceName;
  }

  /** What somebody is told first. */
  *beginning(): Generator<RegistryChange> {
    const told = Array.from(this.#records.values(), (record) => record.told);
    yield { kind: 'snapshot', endpoints: told.flatMap((change) => (change.kind === 'upsert' ? [change.endpoint] : [])) };
    for (const change of told) if (change.kind === 'malformed') yield change;
  }

  /** What is new in it; a record that is told again as it was is not. */
  apply({ whole, records }: Pick<Look, 'whole' | 'records'>): readonly RegistryChange[] {
    const changes: RegistryChange[] = [];
    if (whole) {
      const there = new Set(records.map(({ instanceId }) => instanceId));
      for (const instanceId of [...this.#records.keys()]) if (!there.has(instanceId)) changes.push(...this.#remove(instanceId));
    }
    for (const { instanceId, record, left } of records)
      changes.push(...(record === undefined ? this.#remove(instanceId, left) : this.#set(instanceId, record)));
    return changes;
  }

  #remove(instanceId: string, left?: string): readonly RegistryChange[] {
    const known = this.#records.get(instanceId);
    if (!known) return [];
    this.#records.delete(instanceId);
    const { incarnation } = known;
    const farewell = left !== undefined && left === incarnation && { farewell: true as const };
    return [{ kind: 'remove', endpoint: { serviceName: this.#serviceName, instanceId, incarnation }, ...farewell }];
  }

  #set(instanceId: string, record: string): readonly RegistryChange[] {
    const known = this.#records.get(instanceId);
    if (known && isRecordOf(known, record)) return [];
    const read = lifeRecord(this.#serviceName, instanceId, record);
    this.#records.set(instanceId, read);
    return [read.told];
  }
}
