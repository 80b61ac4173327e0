import { randomUUID } from 'node:crypto';
import type { Endpoint, EndpointChange, EndpointRef, EndpointRegistration, EndpointRegistry, EndpointSource } from '@tutti/core';

/** A registry in memory that says what it is told to say, and when. */
export class FakeRegistry implements EndpointSource, EndpointRegistry {
  readonly endpoints: Map<string, Endpoint> = new Map();
  readonly #listeners = new Map<string, Set<(change: EndpointChange) => void>>();
  #revision = 0;
  #answers: boolean;

  /** @param options.answers Whether watchers get their first snapshot at once, or only by `tell`. */
  constructor(options: { readonly answers: boolean } = { answers: true }) {
    this.#answers = options.answers;
  }

  watchEndpoints(serviceName: string, listener: (change: EndpointChange) => void): () => void {
    const listeners = this.#listeners.get(serviceName) ?? new Set();
    this.#listeners.set(serviceName, listeners.add(listener));
    if (this.#answers) listener(this.#snapshot(serviceName));
    return () => listeners.delete(listener);
  }

  get watchers(): number {
    return [...this.#listeners.values()].reduce((sum, listeners) => sum + listeners.size, 0);
  }

  async register(registration: EndpointRegistration): Promise<Endpoint> {
    return this.put(endpoint(registration));
  }

  put(added: Endpoint): Endpoint {
    this.endpoints.set(`${added.serviceName}/${added.instanceId}`, added);
    this.#say(added.serviceName, { kind: 'upsert', revision: ++this.#revision, endpoint: added });
    return added;
  }

  async drain(ref: EndpointRef): Promise<void> {
    const current = this.endpoints.get(`${ref.serviceName}/${ref.instanceId}`);
    if (current?.incarnation === ref.incarnation) this.put({ ...current, state: 'draining' });
  }

  async deregister(ref: EndpointRef): Promise<void> {
    this.endpoints.delete(`${ref.serviceName}/${ref.instanceId}`);
    this.#say(ref.serviceName, { kind: 'remove', revision: ++this.#revision, endpoint: ref });
  }

  /** Says everything again, as after a lost connection to the registry. */
  tell(serviceName: string): void {
    this.#answers = true;
    this.#say(serviceName, this.#snapshot(serviceName));
  }

  #snapshot(serviceName: string): EndpointChange {
    const endpoints = [...this.endpoints.values()].filter((each) => each.serviceName === serviceName);
    return { kind: 'snapshot', revision: ++this.#revision, endpoints: endpoints.reverse() };
  }

  #say(serviceName: string, change: EndpointChange): void {
    for (const listener of this.#listeners.get(serviceName) ?? []) listener(change);
  }
}

export function endpoint(given: Partial<Endpoint> & { readonly serviceName: string; readonly port: number }): Endpoint {
  return {
    instanceId: `i-${given.port}`,
    incarnation: randomUUID(),
    host: '127.0.0.1',
    weight: 1,
    tags: [],
    metadata: {},
    state: 'ready',
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    serviceName: given.serviceName,
    port: given.port,
  };
}
