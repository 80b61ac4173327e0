import { type CloudEvent, coreError, type Statement } from '@tutti/core';
import { messagingError } from '../errors.ts';
import type { Commit, EventDelivery } from './event-delivery.ts';

/** Where a commit goes, and what it means when it is too late. */
export interface CommitWay {
  readonly write: Commit;
  /** `transport`: the acknowledgement is in it, and it is refused to who lost the delivery; `inbox`: the memory is in it, and it is refused when the event was handled. */
  readonly by: 'transport' | 'inbox';
}

/** A delivery as one attempt of its handler has it. */
export class GivenDelivery implements EventDelivery {
  readonly attempt: number;
  readonly replayedFrom: string | undefined;
  readonly #way: CommitWay | undefined;
  readonly #group: string;
  readonly #pattern: string;
  readonly #event: CloudEvent;
  #committed = false;

  constructor(
    attempt: number,
    replayedFrom: string | undefined,
    way: CommitWay | undefined,
    group: string,
    pattern: string,
    event: CloudEvent,
  ) {
    this.attempt = attempt;
    this.replayedFrom = replayedFrom;
    this.#way = way;
    this.#group = group;
    this.#pattern = pattern;
    this.#event = event;
  }

  /** An effect was written, so the event counts as handled whatever the handler does now. */
  get committed(): boolean {
    return this.#committed;
  }

  /** The store has the acknowledgement already. */
  get acknowledged(): boolean {
    return this.#committed && this.#way?.by === 'transport';
  }

  async commit(statements: readonly Statement[]): Promise<void> {
    const [way, group, pattern] = [this.#way, this.#group, this.#pattern];
    if (!way) {
      const feature = 'delivery.commit (or an inbox in a database)';
      throw coreError('CAPABILITY_MISSING', { feature, adapter: 'the transport', capability: 'outbox' });
    }
    if (this.#committed) throw coreError('INVALID_ARGUMENT', { path: 'delivery.commit', problem: 'was called before for this delivery' });
    if (await way.write(statements)) {
      this.#committed = true;
      return;
    }
    if (way.by === 'transport') throw messagingError('MESSAGING_LEASE_LOST', { group, pattern });
    throw messagingError('MESSAGING_ALREADY_HANDLED', { group, pattern, identity: `${this.#event.source}/${this.#event.id}` });
  }
}
