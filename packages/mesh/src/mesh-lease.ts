import type { Endpoint, EndpointLease, HttpDispatcher, LeaseOutcome, Logger } from '@tutti/core';
import type { EndpointRecord } from './endpoint-record.ts';

/** Gives leases out and takes back those that were dropped without `done`. */
export class LeaseDesk {
  readonly #lost: FinalizationRegistry<EndpointRecord>;

  /**
   * Only the garbage collector can tell a lost lease from one that is still in use: a stream may rightly last for hours,
   * so no time limit could.
   */
  constructor(logger: Logger) {
    this.#lost = new FinalizationRegistry((record) => {
      const { serviceName, instanceId } = record.endpoint;
      logger.log('warn', 'a lease was dropped without done(); the balancer never learnt how it ended', { serviceName, instanceId });
      record.released(undefined);
    });
  }

  give(record: EndpointRecord): EndpointLease {
    record.leased();
    const lease = new MeshLease(record, this.#lost);
    this.#lost.register(lease, record, lease);
    return lease;
  }
}

class MeshLease implements EndpointLease {
  readonly endpoint: Endpoint;
  readonly #record: EndpointRecord;
  readonly #lost: FinalizationRegistry<EndpointRecord>;
  #done = false;

  constructor(record: EndpointRecord, lost: FinalizationRegistry<EndpointRecord>) {
    this.endpoint = record.endpoint;
    this.#record = record;
    this.#lost = lost;
  }

  get dispatcher(): HttpDispatcher {
    return this.#record.dispatcher;
  }

  done(outcome: LeaseOutcome): void {
    if (this.#done) return;
    this.#done = true;
    this.#lost.unregister(this);
    this.#record.released(outcome);
  }
}
