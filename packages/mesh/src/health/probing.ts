import { httpOrigin, type Prober } from '@tutti/core';
import type { EndpointRecord } from '../endpoint/endpoint-record.ts';
import type { ProbePolicy } from '../policy/service-policy.ts';
import type { ServiceView } from '../service/service-view.ts';

/** Asks the endpoints of one service through the process's prober, for as long as its policy says so. */
export class Probing {
  readonly #view: ServiceView;
  readonly #prober: Prober;
  readonly #watched = new Map<EndpointRecord, () => void>();
  #policy: ProbePolicy | undefined = undefined;

  constructor(view: ServiceView, prober: Prober) {
    this.#view = view;
    this.#prober = prober;
  }

  /** The endpoints or the policy may be others now. */
  refresh(): void {
    const { probe } = this.#view.policy;
    if (JSON.stringify(probe) !== JSON.stringify(this.#policy)) this.stop();
    this.#policy = probe;
    const present = new Set(this.#view.endpoints.values());
    for (const [record, unwatch] of this.#watched) {
      if (present.has(record)) continue;
      unwatch();
      this.#watched.delete(record);
    }
    if (!probe) return;
    for (const record of present) if (!this.#watched.has(record)) this.#watched.set(record, this.#watch(record, probe));
  }

  stop(): void {
    for (const unwatch of this.#watched.values()) unwatch();
    this.#watched.clear();
  }

  #watch(record: EndpointRecord, probe: ProbePolicy): () => void {
    const { host, port, serviceName } = record.endpoint;
    const asked =
      probe.kind === 'tcp'
        ? ({ kind: 'tcp', host, port } as const)
        : ({ kind: 'http', url: `${httpOrigin({ host, port })}${probe.path}`, ...(probe.identity && { identity: serviceName }) } as const);
    return this.#prober.watchHealth(asked, ({ status }) => record.probed(status !== 'unhealthy'));
  }
}
