import type { Endpoint, EndpointChange, EndpointRef } from '@tutti/core';
import type { EndpointRecord } from '../endpoint/endpoint-record.ts';

/** Makes and buries records. */
export interface RecordKeeper {
  open(endpoint: Endpoint, fromStart: boolean): EndpointRecord;
  retire(record: EndpointRecord): void;
}

/** The records of one service: one for each life that the registry knows. */
export class EndpointSet {
  /** Whether the registry has answered yet. */
  known = false;
  readonly #first: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #records = new Map<string, EndpointRecord>();
  /** Lives that this process itself ended: older news may still name them. */
  readonly #departed = new Set<string>();
  readonly #keeper: RecordKeeper;

  constructor(keeper: RecordKeeper) {
    this.#keeper = keeper;
    this.#first.promise.catch(() => undefined); // nobody has to be waiting when the mesh stops
  }

  get size(): number {
    return this.#records.size;
  }

  values(): IterableIterator<EndpointRecord> {
    return this.#records.values();
  }

  find(instanceId: string): EndpointRecord | undefined {
    return this.#records.get(instanceId);
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

  add(endpoint: Endpoint, fromStart = false): void {
    if (this.#departed.has(lifeOf(endpoint))) return;
    const record = this.#records.get(endpoint.instanceId);
    if (record?.endpoint.incarnation === endpoint.incarnation) {
      record.update(endpoint);
      return;
    }
    this.#retire(endpoint.instanceId);
    this.#records.set(endpoint.instanceId, this.#keeper.open(endpoint, fromStart));
  }

  /** News of a life that is over says nothing about the one that followed it. */
  remove(ref: EndpointRef): void {
    if (this.#records.get(ref.instanceId)?.endpoint.incarnation === ref.incarnation) this.#retire(ref.instanceId);
  }

  /** Removes a life for good, whatever the registry goes on saying of it. */
  depart(ref: EndpointRef): void {
    this.#departed.add(lifeOf(ref));
    this.remove(ref);
  }

  /** The endpoints of the very first answer are no newcomers: they have their full share. */
  #replaceAll(endpoints: readonly Endpoint[]): void {
    const gone = new Set(this.#records.keys());
    const fromStart = !this.known;
    for (const endpoint of endpoints) {
      gone.delete(endpoint.instanceId);
      this.add(endpoint, fromStart);
    }
    for (const instanceId of gone) this.#retire(instanceId);
    this.#forgetDeparted(endpoints);
  }

  /** What a whole answer no longer holds cannot come back. */
  #forgetDeparted(endpoints: readonly Endpoint[]): void {
    if (this.#departed.size === 0) return;
    const present = new Set(endpoints.map(lifeOf));
    for (const life of this.#departed) if (!present.has(life)) this.#departed.delete(life);
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
