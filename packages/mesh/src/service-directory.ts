import type { Endpoint, EndpointSource } from '@tutti/core';
import { EndpointRecord, type RecordContext } from './endpoint-record.ts';
import { type RecordKeeper, ServiceView } from './service-view.ts';

/** Follows services, each from its first use on, and owns every connection that was made for them. */
export class ServiceDirectory implements RecordKeeper {
  readonly #endpoints: EndpointSource;
  readonly #context: RecordContext;
  readonly #views = new Map<string, ServiceView>();
  readonly #unfollow: (() => void)[] = [];
  /** Records with connections that may be open, those of endpoints that are gone included. */
  readonly #alive = new Set<EndpointRecord>();

  constructor(endpoints: EndpointSource, context: RecordContext) {
    this.#endpoints = endpoints;
    this.#context = context;
  }

  get views(): readonly ServiceView[] {
    return [...this.#views.values()];
  }

  /** The view of a service, followed from now on if it was not yet. */
  follow(serviceName: string): ServiceView {
    const followed = this.#views.get(serviceName);
    if (followed) return followed;
    const view = new ServiceView(serviceName, this);
    this.#views.set(serviceName, view);
    this.#unfollow.push(this.#endpoints.watchEndpoints(serviceName, (change) => view.apply(change)));
    return view;
  }

  /** The view of a service, if it is followed. */
  find(serviceName: string): ServiceView | undefined {
    return this.#views.get(serviceName);
  }

  open(endpoint: Endpoint): EndpointRecord {
    const record = new EndpointRecord(endpoint, this.#context);
    this.#alive.add(record);
    return record;
  }

  retire(record: EndpointRecord): void {
    // Nobody waits for the end of an endpoint that has gone, and closing connections does not fail.
    void record.retire().then(() => this.#alive.delete(record));
  }

  /** Stops following, waits `drainMs` for leases that are out, then breaks what is still open. */
  async close(reason: Error, drainMs: number): Promise<void> {
    for (const unfollow of this.#unfollow) unfollow();
    for (const view of this.#views.values()) view.abandon(reason);
    const records = [...this.#alive];
    const drained = Promise.withResolvers<unknown>();
    const cut = this.#context.clock.after(drainMs, () => drained.resolve(undefined));
    Promise.all(records.map((record) => record.retire())).then(drained.resolve, drained.reject);
    await drained.promise;
    cut.cancel();
    await Promise.all(records.map((record) => record.destroy()));
  }
}
