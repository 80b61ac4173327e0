import type { Endpoint, EndpointLease, EndpointLeaser, LeaseHints, LeaseOutcome } from '@tutti/core';
import { defineErrors, type ErrorSpec, TuttiError } from '@tutti/core';
import { Http1Connections } from '@tutti/core/http';

const noEndpoint = defineErrors<{ MESH_NO_ENDPOINT: ErrorSpec<{ serviceName: string }> }>({
  MESH_NO_ENDPOINT: { retryable: true, message: ({ serviceName }) => `no endpoint of ${serviceName} at 10.0.0.1` },
});

export interface Reported extends LeaseOutcome {
  readonly instanceId: string;
  /** The code of the error, when there was one. */
  readonly code: string | undefined;
}

/** Leases over real connections, in turn, that remembers how each ended. */
export class PoolLeaser implements EndpointLeaser {
  readonly outcomes: Reported[] = [];
  /** How long each answer took to begin, and the load that came with it. */
  readonly answers: { latencyMs: number; load?: number }[] = [];
  /** What leases ask the gateway to tell the client. */
  session: EndpointLease['session'] | undefined;
  readonly leased: { readonly hints: LeaseHints | undefined }[] = [];
  readonly #pools = new Map<string, { readonly endpoint: Endpoint; readonly pool: Http1Connections }[]>();
  #turn = 0;
  readonly #connections: number;

  /** @param connections To each instance. */
  constructor(connections = 16) {
    this.#connections = connections;
  }

  add(serviceName: string, port: number): this {
    const endpoint: Endpoint = {
      serviceName,
      instanceId: `i-${port}`,
      incarnation: '1',
      host: '127.0.0.1',
      port,
      weight: 1,
      tags: [],
      metadata: {},
      state: 'ready',
    };
    const pools = this.#pools.get(serviceName) ?? [];
    this.#pools.set(serviceName, [
      ...pools,
      { endpoint, pool: new Http1Connections({ host: '127.0.0.1', port }, { maxConnections: this.#connections }) },
    ]);
    return this;
  }

  isReady(): boolean {
    return true;
  }

  async ready(): Promise<void> {}

  lease(serviceName: string, hints?: LeaseHints): EndpointLease {
    this.leased.push({ hints });
    const all = this.#pools.get(serviceName);
    if (!all) throw noEndpoint('MESH_NO_ENDPOINT', { serviceName });
    const fresh = all.filter(({ endpoint }) => !hints?.exclude?.includes(endpoint.instanceId));
    const among = fresh.length > 0 ? fresh : all;
    const { endpoint, pool } = among[this.#turn++ % among.length] as (typeof all)[number];
    let isDone = false;
    const done = (outcome: LeaseOutcome): void => {
      if (isDone) throw new Error('done() was called twice');
      isDone = true;
      this.outcomes.push({
        ...outcome,
        instanceId: endpoint.instanceId,
        code: TuttiError.is(outcome.error) ? outcome.error.code : undefined,
      });
    };
    const answered = (latencyMs: number): void => void this.answers.push({ latencyMs });
    const reported = (load: number): void => void Object.assign(this.answers.at(-1) ?? {}, { load });
    const { session } = this;
    return { endpoint, dispatcher: pool, answered, reported, done, ...(session && { session }) };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].flat().map(({ pool }) => pool.destroy()));
  }
}
