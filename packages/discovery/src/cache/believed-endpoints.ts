import type { Endpoint, EndpointRef, Runtime } from '@tutti/core';
import type { RegistryChange } from '../backend/discovery-backend.ts';
import type { DiscoveryCounter } from '../discovery-counter.ts';
import type { SelfPreservation } from '../preservation/self-preservation.ts';
import { type HealthChecks, Suspects } from '../preservation/suspects.ts';
import { KnownEndpoints } from './known-endpoints.ts';

export interface Beliefs {
  readonly checks: HealthChecks;
  /** Undefined: the registry is always believed. */
  readonly preservation: SelfPreservation | undefined;
  readonly runtime: Runtime;
  readonly counter: DiscoveryCounter;
}

/** What a process makes of what the registry says about a service: all of it but a mass loss, and records that are no endpoints. */
export class BelievedEndpoints {
  readonly known: KnownEndpoints = new KnownEndpoints();
  readonly #serviceName: string;
  readonly #malformed = new Map<string, string>();
  readonly #suspects: Suspects | undefined;
  readonly #leaving = new Set<string>();
  readonly #runtime: Runtime;
  readonly #counter: DiscoveryCounter;
  readonly #changed: () => void;
  #had = false;

  /** @param changed Is called after each change that did not come through `apply`. */
  constructor(serviceName: string, { checks, preservation, runtime, counter }: Beliefs, changed: () => void) {
    this.#serviceName = serviceName;
    this.#runtime = runtime;
    this.#counter = counter;
    this.#changed = changed;
    if (preservation) this.#suspects = new Suspects(preservation, checks, runtime, (endpoint, why) => this.#believe(endpoint, why));
  }

  /** What is wrong with records that are no endpoints, by their keys. */
  get malformed(): ReadonlyMap<string, string> {
    return this.#malformed;
  }

  get suspects(): number {
    return this.#suspects?.count ?? 0;
  }

  apply(change: RegistryChange): void {
    if (change.kind === 'snapshot') this.#replaceAll(change.endpoints);
    else if (change.kind === 'upsert') this.#upsert(change.endpoint);
    else if (change.kind === 'remove') this.#remove(change.endpoint, change.farewell === true);
    else this.#skip(change.key, change.problem);
    this.#measure();
  }

  /** Whether there ever was one. Names that nobody offers, which may come from requests, get no series of their own. */
  get hadEndpoints(): boolean {
    return this.#had;
  }

  /** This process is about to end the life itself: that will be believed, or is, where it was doubted. Until the returned function is called. */
  expectEnd(ref: EndpointRef): () => void {
    const endpoint = this.known.life(ref);
    if (endpoint && this.#suspects?.has(endpoint)) {
      this.#suspects.settle(endpoint.instanceId);
      this.#believe(endpoint, 'it was deregistered');
    }
    this.#leaving.add(ref.incarnation);
    return () => void this.#leaving.delete(ref.incarnation);
  }

  close(): void {
    this.#suspects?.close();
    this.known.deafen();
    if (this.#had) this.#counter.known(this.#serviceName, 0, 0);
  }

  #measure(): void {
    this.#had ||= this.known.size > 0;
    if (this.#had) this.#counter.known(this.#serviceName, this.known.size, this.suspects);
  }

  #replaceAll(endpoints: readonly Endpoint[]): void {
    this.#malformed.clear();
    const before = this.known.size;
    const there = new Set(endpoints.map(({ instanceId }) => instanceId));
    const doubtful: Endpoint[] = [];
    for (const endpoint of this.known.all) {
      if (!there.has(endpoint.instanceId) && this.#isDoubtful(endpoint)) doubtful.push(endpoint);
      else this.#suspects?.settle(endpoint.instanceId);
    }
    const suspected = this.#judge(doubtful, before).map(asSuspect);
    const kept = doubtful.filter((endpoint) => this.#suspects?.has(endpoint));
    const anew = new Map([...endpoints, ...kept, ...suspected].map((endpoint) => [endpoint.instanceId, endpoint]));
    this.known.replaceAll([...anew.values()]);
  }

  #upsert(endpoint: Endpoint): void {
    this.#malformed.delete(endpoint.instanceId);
    this.#suspects?.settle(endpoint.instanceId);
    this.known.upsert(endpoint);
  }

  #remove(ref: EndpointRef, farewell: boolean): void {
    this.#malformed.delete(ref.instanceId);
    const endpoint = this.known.life(ref);
    if (!endpoint) return;
    if (farewell || !this.#isDoubtful(endpoint)) {
      this.#suspects?.settle(ref.instanceId);
      this.known.remove(ref);
      return;
    }
    for (const suspected of this.#judge([endpoint], this.known.size)) this.known.upsert(asSuspect(suspected));
    if (!this.#suspects?.has(endpoint)) this.known.remove(endpoint);
  }

  #skip(key: string, problem: string): void {
    const endpoint = this.known.get(key);
    this.#suspects?.settle(key);
    if (endpoint) this.known.remove(endpoint);
    if (this.#malformed.get(key) === problem) return;
    this.#malformed.set(key, problem);
    this.#counter.malformed(this.#serviceName);
    this.#runtime.logger.log('warn', `a record of ${this.#serviceName} is no endpoint; it is skipped`, { key, problem });
  }

  /** Who was not ready is of no use, and who drained wanted to go. */
  #isDoubtful(endpoint: Endpoint): boolean {
    return this.#suspects !== undefined && endpoint.state === 'ready' && !this.#leaving.has(endpoint.incarnation);
  }

  #judge(lost: readonly Endpoint[], known: number): readonly Endpoint[] {
    if (!this.#suspects || lost.length === 0) return [];
    const begins = this.#suspects.count === 0;
    const suspected = this.#suspects.judge(lost, known);
    if (begins && suspected.length > 0) {
      this.#counter.preserved(this.#serviceName);
      this.#runtime.logger.log('warn', `the registry says that many endpoints of ${this.#serviceName} are gone at once; it is doubted`, {
        suspects: suspected.length,
        known,
      });
    }
    return suspected;
  }

  #believe(endpoint: Endpoint, why: string): void {
    this.known.remove(endpoint);
    this.#counter.believed(this.#serviceName, why);
    this.#measure();
    this.#changed();
  }
}

function asSuspect(endpoint: Endpoint): Endpoint {
  return Object.freeze({ ...endpoint, suspect: true });
}
