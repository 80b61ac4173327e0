import type { EndpointSource, Prober } from '@tutti/core';
import type { EndpointRecord } from '../endpoint/endpoint-record.ts';
import { Probing } from '../health/probing.ts';
import { compilePolicy, policyOf } from '../policy/compile-policy.ts';
import type { MeshPolicy } from '../policy/service-policy.ts';
import { ServiceView, type ViewContext } from './service-view.ts';

/** Follows services, each from its first use on, and owns every connection that was made for them. */
export class ServiceDirectory {
  readonly #endpoints: EndpointSource;
  readonly #prober: Prober | undefined;
  readonly #context: ViewContext;
  readonly #views = new Map<string, ServiceView>();
  readonly #probings = new Map<ServiceView, Probing>();
  readonly #unfollow: (() => void)[] = [];
  #policy: MeshPolicy;

  constructor(endpoints: EndpointSource, prober: Prober | undefined, policy: MeshPolicy, context: ViewContext) {
    this.#endpoints = endpoints;
    this.#prober = prober;
    this.#policy = policy;
    this.#context = context;
  }

  get views(): readonly ServiceView[] {
    return [...this.#views.values()];
  }

  /** The view of a service, followed from now on if it was not yet. */
  follow(serviceName: string): ServiceView {
    const followed = this.#views.get(serviceName);
    if (followed) return followed;
    const view = new ServiceView(serviceName, compilePolicy(policyOf(this.#policy, serviceName)), this.#context);
    this.#views.set(serviceName, view);
    const probing = this.#prober && new Probing(view, this.#prober);
    if (probing) this.#probings.set(view, probing);
    const unfollow = this.#endpoints.watchEndpoints(serviceName, (change) => {
      view.apply(change);
      probing?.refresh();
    });
    this.#unfollow.push(unfollow);
    return view;
  }

  /** The view of a service, if it is followed. */
  find(serviceName: string): ServiceView | undefined {
    return this.#views.get(serviceName);
  }

  /** Every policy is made before the first is put in place. Checked before. */
  setPolicy(policy: MeshPolicy): void {
    const made = this.views.map((view) => [view, compilePolicy(policyOf(policy, view.serviceName), view.policy)] as const);
    this.#policy = policy;
    for (const [view, compiled] of made) {
      view.setPolicy(compiled);
      this.#probings.get(view)?.refresh();
    }
  }

  /** Stops following, waits `drainMs` for leases that are out, then breaks what is still open. */
  async close(reason: Error, drainMs: number): Promise<void> {
    for (const unfollow of this.#unfollow) unfollow();
    for (const probing of this.#probings.values()) probing.stop();
    await Promise.all(this.views.map((view) => view.close(reason)));
    const records: readonly EndpointRecord[] = [...this.#context.alive];
    const drained = Promise.withResolvers<unknown>();
    const cut = this.#context.runtime.clock.after(drainMs, () => drained.resolve(undefined));
    Promise.all(records.map((record) => record.retire())).then(drained.resolve, drained.reject);
    await drained.promise;
    cut.cancel();
    await Promise.all(records.map((record) => record.destroy()));
  }
}
