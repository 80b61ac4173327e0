import {
  type Backoff,
  Call,
  compose,
  coreError,
  type Endpoint,
  type Handler,
  type Repeating,
  type Runtime,
  repeat,
  timeout,
} from '@tutti/core';
import type { RegistryChange } from '../../backend/discovery-backend.ts';
import { publishedEndpoint } from '../published-endpoint.ts';
import { PublishedService } from '../published-service.ts';
import type { DnsMemory } from './dns-memory.ts';
import { type DnsQuestion, type DnsResolver, type Outcome, outcomeOf } from './dns-question.ts';

export interface DnsTimes {
  readonly minRefreshMs: number;
  readonly maxRefreshMs: number;
  /** Where the answer has no time of its own. */
  readonly refreshMs: number;
  readonly graceMs: number;
  readonly lookupMs: number;
  /** Between two tries while there is no answer. */
  readonly retry: Backoff;
}

export interface DnsFollowerOptions {
  readonly serviceName: string;
  /** What was learnt from each question outlives those who watch: an outage must not make it forget. */
  readonly memories: ReadonlyMap<DnsQuestion, DnsMemory>;
  readonly resolver: DnsResolver;
  readonly times: DnsTimes;
  readonly runtime: Runtime;
  /** Nobody watches any more, or the zone could not be asked for too long. */
  readonly onEnd: () => void;
}

/** Asks for one service again and again while somebody watches. */
export class DnsFollower {
  readonly #options: DnsFollowerOptions;
  readonly #service: PublishedService;
  readonly #loop: Repeating;
  #failures = 0;
  #ttlMs = 0;
  #ended = false;

  constructor(options: DnsFollowerOptions) {
    const { serviceName, runtime } = options;
    this.#options = options;
    this.#service = new PublishedService(serviceName, false);
    this.#loop = repeat(runtime, { name: `looking ${serviceName} up`, intervalMs: () => this.#pauseMs() }, () => this.#turn());
    this.#loop.trigger();
  }

  async watch(listener: (change: RegistryChange) => void, signal: AbortSignal): Promise<void> {
    try {
      await this.#service.watch(listener, signal);
    } finally {
      if (!this.#service.watched) this.end();
    }
  }

  end(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    void this.#loop.stop(); // never rejects; an answer that is still to come finds nobody to tell
    this.#options.onEnd();
    this.#service.end(error);
  }

  /** Somewhat before the time is over, never later, and not everybody at once. */
  #pauseMs(): number {
    const { times, runtime } = this.#options;
    if (this.#failures > 0) return times.retry.delayMs(this.#failures, runtime.random);
    return Math.min(Math.max(this.#ttlMs, times.minRefreshMs), times.maxRefreshMs) * (0.8 + 0.2 * runtime.random());
  }

  async #turn(): Promise<void> {
    const { memories, runtime, times } = this.#options;
    const asked = Array.from(memories, async ([question, memory]) => ({ memory, outcome: await this.#ask(question) }));
    const answers = await Promise.all(asked);
    if (this.#ended) return;
    const now = runtime.clock.now();
    for (const { memory, outcome } of answers) memory.learn(outcome, now);
    this.#failures = answers.some(({ memory }) => memory.problem !== undefined) ? this.#failures + 1 : 0;
    this.#ttlMs = Math.min(
      ...answers.map(({ outcome }) => (outcome.kind === 'answered' ? (outcome.ttlMs ?? times.refreshMs) : times.refreshMs)),
    );
    this.#tell(now);
  }

  #tell(now: number): void {
    const memories = [...this.#options.memories];
    const wrong = memories.find(([, { problem }]) => problem !== undefined);
    if (!wrong) this.#service.publish(this.#endpoints());
    else {
      const [{ title }, { problem, cause }] = wrong;
      if (memories.every(([, memory]) => memory.isLost(now))) this.end(this.#unavailable(`${title}: ${problem}`, cause));
      else this.#service.publish(this.#endpoints(), { key: title, problem: `${problem}; what was known stays` });
    }
  }

  #endpoints(): readonly Endpoint[] {
    const { serviceName, memories } = this.#options;
    const endpoints = new Map<string, Endpoint>();
    for (const place of [...memories.values()].flatMap(({ places = [] }) => places)) {
      const endpoint = publishedEndpoint({ serviceName, tags: [], ...place });
      if (!endpoints.has(endpoint.instanceId)) endpoints.set(endpoint.instanceId, endpoint);
    }
    return [...endpoints.values()];
  }

  #unavailable(problem: string, cause: unknown): Error {
    return coreError('STORE_UNAVAILABLE', { store: `the DNS of ${this.#options.serviceName}`, problem }, { cause });
  }

  async #ask(question: DnsQuestion): Promise<Outcome> {
    const { resolver, runtime, times } = this.#options;
    const asked: Handler<void, Outcome> = async () => ({ kind: 'answered', ...(await question.ask(resolver)) });
    const bounded = compose(asked, [timeout({ operation: question.title, timeout: `${times.lookupMs}ms` })]);
    try {
      return await bounded(undefined, Call.root({ runtime }));
    } catch (error) {
      return outcomeOf(error);
    }
  }
}
