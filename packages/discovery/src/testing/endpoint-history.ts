import assert from 'node:assert/strict';
import type { Clock, Endpoint, EndpointRef, EndpointSource } from '@tutti/core';
import type { DiscoveryBackend } from '../backend/discovery-backend.ts';
import { type HeardChange, HistorySubscriber } from './history-subscriber.ts';

/** How many problems are named when a check fails. */
const shownProblems = 10;

/** How many of the last changes are shown with them. */
const shownChanges = 40;

/**
 * Writes down what subscribers of one service are told, in simulation or against real servers and processes, and checks it:
 *
 * 1. to one subscriber, revisions rise;
 * 2. to one subscriber, a life that was over (removed, replaced, missing in a snapshot) never comes back, and one that drained
 *    stays so;
 * 3. after quiet, all subscribers know what the registry holds.
 *
 * @example
 * ```ts
 * import { defaultRuntime } from '@tutti/core';
 * import { memoryBackend, MemoryRegistry, ServiceDiscovery } from '@tutti/discovery';
 * import { EndpointHistory, endpointsIn } from '@tutti/discovery/testing';
 *
 * const registry = new MemoryRegistry();
 * await using discovery = new ServiceDiscovery({ backend: memoryBackend({ registry }) });
 * const history = new EndpointHistory(defaultRuntime.clock);
 * history.follow('a subscriber', discovery, 'voice');
 * await discovery.registerService({ serviceName: 'voice', host: 'localhost', port: 8009 });
 * history.check(await endpointsIn(memoryBackend({ registry }), 'voice')); // after faults, and after quiet
 * ```
 */
export class EndpointHistory {
  readonly #clock: Clock;
  readonly #begunAt: number;
  readonly #subscribers = new Map<string, HistorySubscriber>();
  readonly #left = new Set<string>();
  readonly #overAt = new Map<string, number>();
  readonly #changes: string[] = [];
  #latestMs = 0;

  /** @param clock Gives the times in what is reported. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#begunAt = clock.now();
  }

  /** Follows a discovery (or anything that tells endpoints) under a name, until the returned function is called: then it has left. */
  follow(subscriber: string, source: EndpointSource, serviceName: string): () => void {
    const unwatch = source.watchEndpoints(serviceName, (change) => this.hear(subscriber, change));
    return () => {
      unwatch();
      this.left(subscriber);
    };
  }

  /** A subscriber is no more: what it was told is still checked, but what it knew is compared with nothing. */
  left(subscriber: string): void {
    this.#left.add(subscriber);
  }

  /** Takes down one change that a subscriber was told: for processes that report what they hear, and for watches of a backend. */
  hear(subscriber: string, change: HeardChange): void {
    const at = this.#clock.now() - this.#begunAt;
    const known = this.#subscribers.get(subscriber) ?? new HistorySubscriber(subscriber);
    this.#subscribers.set(subscriber, known);
    known.hear(change, at);
    this.#changes.push(`${Math.round(at)} ms ${subscriber}: ${words(change)}`);
    this.#noteLateness(at);
  }

  /** Somebody ended this life, now: from here on it is measured how long subscribers still know it. */
  over({ incarnation }: EndpointRef): void {
    this.#overAt.set(incarnation, this.#clock.now() - this.#begunAt);
  }

  /** For how long at most a subscriber has known a life after its `over`, as of now. Suspects do not count: they are known to be doubtful. */
  get lateMs(): number {
    this.#noteLateness(this.#clock.now() - this.#begunAt, true);
    return this.#latestMs;
  }

  /** What a subscriber knows now. */
  endpoints(subscriber: string): readonly Endpoint[] {
    return this.#subscribers.get(subscriber)?.endpoints ?? [];
  }

  /** What was told that must never be, in the order in which it was. */
  get problems(): readonly string[] {
    return [...this.#subscribers.values()].flatMap(({ problems }) => problems);
  }

  /** Where subscribers differ from what the registry holds, by incarnation and state. Suspects are left out. */
  differences(truth: Iterable<Endpoint>): readonly string[] {
    const held = lives(truth);
    return this.#present.flatMap(({ name, endpoints }) => {
      const known = lives(endpoints.filter(({ suspect }) => !suspect));
      const missing = [...held].filter((life) => !known.has(life)).map((life) => `${name} does not know of ${life}`);
      return [...missing, ...[...known].filter((life) => !held.has(life)).map((life) => `${name} knows of ${life}, which is not there`)];
    });
  }

  /** @throws AssertionError naming the problems, and where subscribers differ from `truth` if it is given, with the last changes told. */
  check(truth?: Iterable<Endpoint>): void {
    const found = [...this.problems, ...(truth ? this.differences(truth) : [])];
    if (found.length === 0) return;
    const [first] = found;
    const more = found.slice(1, shownProblems).join('\n  ');
    const last = this.#changes.slice(-shownChanges).join('\n  ');
    assert.fail(`${first}; ${found.length} things are wrong\n  ${more}\nthe last that was told:\n  ${last}`);
  }

  get #present(): readonly HistorySubscriber[] {
    return [...this.#subscribers.values()].filter(({ name }) => !this.#left.has(name));
  }

  #noteLateness(at: number, now = false): void {
    for (const [incarnation, overAt] of this.#overAt) {
      const known = this.#present.some(({ endpoints }) =>
        endpoints.some((endpoint) => endpoint.incarnation === incarnation && !endpoint.suspect),
      );
      if (known && !now) continue;
      this.#latestMs = Math.max(this.#latestMs, at - overAt);
      if (!known) this.#overAt.delete(incarnation);
    }
  }
}

/** What a registry holds of a service: the first snapshot of a watch of its own. */
export async function endpointsIn(backend: DiscoveryBackend, serviceName: string): Promise<readonly Endpoint[]> {
  const enough = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<readonly Endpoint[]>();
  const watching = backend.watch(serviceName, (change) => void (change.kind === 'snapshot' && resolve(change.endpoints)), enough.signal);
  watching.then(() => reject(new Error('the watch ended without a snapshot')), reject);
  try {
    return await promise;
  } finally {
    enough.abort();
    await watching.catch(() => undefined); // it was said above
  }
}

function lives(endpoints: Iterable<Endpoint>): ReadonlySet<string> {
  return new Set(Array.from(endpoints, ({ instanceId, incarnation, state }) => `${instanceId} ${incarnation}:${state}`));
}

function words(change: HeardChange): string {
  if (change.kind === 'snapshot')
    return `snapshot of ${change.endpoints.map(({ incarnation, state }) => `${incarnation}:${state}`).join(', ')}`;
  if (change.kind === 'malformed') return `malformed ${change.key}: ${change.problem}`;
  const { incarnation } = change.endpoint;
  return change.kind === 'remove' ? `remove ${incarnation}` : `upsert ${incarnation}:${change.endpoint.state}`;
}
