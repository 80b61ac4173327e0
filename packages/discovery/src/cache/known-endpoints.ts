import type { Endpoint, EndpointChange, EndpointRef } from '@tutti/core';
import { endpointRef } from '../backend/endpoint-ref.ts';
import { sameEndpoint } from './same-endpoint.ts';

export type Listener = (change: EndpointChange) => void;

/**
 * The endpoints of a service as this process knows them, and who wants to hear of changes. Numbers the changes itself:
 * registries have no numbers that all rise. The lists it gives are made once a change and frozen, so that to look is free.
 */
export class KnownEndpoints {
  readonly #byInstance = new Map<string, Endpoint>();
  readonly #listeners = new Set<Listener>();
  #revision = 0;
  #all: readonly Endpoint[] | undefined;
  #ready: readonly Endpoint[] | undefined;

  /** 0 before anything is known. */
  get revision(): number {
    return this.#revision;
  }

  get size(): number {
    return this.#byInstance.size;
  }

  get all(): readonly Endpoint[] {
    this.#all ??= Object.freeze([...this.#byInstance.values()]);
    return this.#all;
  }

  get ready(): readonly Endpoint[] {
    this.#ready ??= Object.freeze(this.all.filter(({ state }) => state === 'ready'));
    return this.#ready;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  get(instanceId: string): Endpoint | undefined {
    return this.#byInstance.get(instanceId);
  }

  /** The life, if it is the one that the instance has. */
  life(ref: EndpointRef): Endpoint | undefined {
    const known = this.#byInstance.get(ref.instanceId);
    return known?.incarnation === ref.incarnation ? known : undefined;
  }

  listen(listener: Listener): () => void {
    const own: Listener = (change) => listener(change); // the same function may listen twice
    this.#listeners.add(own);
    if (this.#revision > 0) listener({ kind: 'snapshot', revision: this.#revision, endpoints: this.all });
    return () => void this.#listeners.delete(own);
  }

  replaceAll(endpoints: readonly Endpoint[]): void {
    const same = endpoints.length === this.#byInstance.size && endpoints.every((endpoint) => this.#has(endpoint));
    if (this.#revision > 0 && same) return;
    this.#byInstance.clear();
    for (const endpoint of endpoints) this.#byInstance.set(endpoint.instanceId, endpoint);
    this.#changed();
    this.#tell({ kind: 'snapshot', revision: this.#revision, endpoints: this.all });
  }

  upsert(endpoint: Endpoint): void {
    if (this.#has(endpoint)) return;
    this.#byInstance.set(endpoint.instanceId, endpoint);
    this.#changed();
    this.#tell({ kind: 'upsert', revision: this.#revision, endpoint });
  }

  remove(ref: EndpointRef): void {
    if (!this.life(ref)) return;
    this.#byInstance.delete(ref.instanceId);
    this.#changed();
    this.#tell({ kind: 'remove', revision: this.#revision, endpoint: endpointRef(ref) });
  }

  deafen(): void {
    this.#listeners.clear();
  }

  #has(endpoint: Endpoint): boolean {
    const known = this.#byInstance.get(endpoint.instanceId);
    return known !== undefined && sameEndpoint(known, endpoint);
  }

  #changed(): void {
    this.#revision++;
    this.#all = undefined;
    this.#ready = undefined;
  }

  #tell(change: EndpointChange): void {
    for (const listener of [...this.#listeners]) if (this.#listeners.has(listener)) listener(change);
  }
}
