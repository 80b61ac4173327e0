import type { Endpoint, EndpointChange, EndpointRef, LeaseHints } from '@tutti/core';
import type { EndpointRecord } from './endpoint-record.ts';
import { meshError } from './errors.ts';
import { makePicker, type Picker, pickNext } from './picker.ts';

/** Makes and buries records. */
export interface RecordKeeper {
  open(endpoint: Endpoint): EndpointRecord;
  retire(record: EndpointRecord): void;
}

/** What the mesh knows of one service: a record for each live endpoint, and the picker made from them. */
export class ServiceView {
  readonly serviceName: string;
  /** Whether the registry has answered yet. */
  known = false;
  readonly #first: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #records = new Map<string, EndpointRecord>();
  /** Lives that this process itself ended: older news may still name them. */
  readonly #departed = new Set<string>();
  readonly #keeper: RecordKeeper;
  #picker: Picker = makePicker([]);
  #turn = 0;

  constructor(serviceName: string, keeper: RecordKeeper) {
    this.serviceName = serviceName;
    this.#keeper = keeper;
    this.#first.promise.catch(() => undefined); // nobody has to be waiting when the mesh stops
  }

  get records(): readonly EndpointRecord[] {
    return [...this.#records.values()];
  }

  get picker(): Picker {
    return this.#picker;
  }

  /** Resolves with the first answer of the registry. */
  ready(): Promise<void> {
    return this.#first.promise;
  }

  /** For those who still wait for the first answer. */
  abandon(error: Error): void {
    this.#first.reject(error);
  }

  apply(change: EndpointChange): void {
    if (change.kind === 'upsert') this.add(change.endpoint);
    else if (change.kind === 'remove') this.remove(change.endpoint);
    else {
      this.#replaceAll(change.endpoints);
      this.known = true;
      this.#first.resolve();
    }
  }

  add(endpoint: Endpoint): void {
    this.#upsert(endpoint);
    this.#picker = makePicker(this.#records.values());
  }

  /** News of a life that is over says nothing about the one that followed it. */
  remove(ref: EndpointRef): void {
    if (this.#records.get(ref.instanceId)?.endpoint.incarnation === ref.incarnation) this.#retire(ref.instanceId);
    this.#picker = makePicker(this.#records.values());
  }

  /** Removes a life for good, whatever the registry goes on saying of it. */
  depart(ref: EndpointRef): void {
    this.#departed.add(lifeOf(ref));
    this.remove(ref);
  }

  /** @throws MESH_NO_ENDPOINT with the reason for each endpoint. */
  pick(now: number, hints: LeaseHints | undefined): EndpointRecord {
    const { candidates, passedOver } = this.#picker;
    const index = pickNext(candidates, this.#turn, now, hints);
    const record = candidates[index];
    if (!record) {
      const others = candidates.map(({ endpoint }) => ({ instanceId: endpoint.instanceId, reason: 'of another tenant' as const }));
      throw meshError('MESH_NO_ENDPOINT', { serviceName: this.serviceName, passedOver: [...passedOver, ...others] });
    }
    this.#turn = index + 1;
    return record;
  }

  #replaceAll(endpoints: readonly Endpoint[]): void {
    const gone = new Set(this.#records.keys());
    for (const endpoint of endpoints) {
      gone.delete(endpoint.instanceId);
      this.#upsert(endpoint);
    }
    for (const instanceId of gone) this.#retire(instanceId);
    this.#picker = makePicker(this.#records.values());
  }

  #upsert(endpoint: Endpoint): void {
    if (this.#departed.has(lifeOf(endpoint))) return;
    const record = this.#records.get(endpoint.instanceId);
    if (record?.endpoint.incarnation === endpoint.incarnation) {
      record.endpoint = endpoint;
      return;
    }
    this.#retire(endpoint.instanceId);
    this.#records.set(endpoint.instanceId, this.#keeper.open(endpoint));
  }

  #retire(instanceId: string): void {
    const record = this.#records.get(instanceId);
    if (!record) return;
    this.#records.delete(instanceId);
    this.#keeper.retire(record);
  }
}

function lifeOf({ instanceId, incarnation }: EndpointRef): string {
  return `${instanceId}/${incarnation}`;
}
