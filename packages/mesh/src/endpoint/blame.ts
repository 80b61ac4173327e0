import { type Call, failureClass, isTargetFailure, type LeaseOutcome, TuttiError } from '@tutti/core';
import type { EndpointRecord } from './endpoint-record.ts';
import type { Sent } from './responsiveness.ts';

/**
 * Says for one service whom the bad end of a try counts against. A failure counts by its class, as in a breaker; a time that ran out, by who had
 * set it:
 *
 * - The policy: it counts. That is what the limit is there for.
 * - The caller, by a deadline or by a time limit around the mesh: it counts only where the endpoint hangs by all that is known
 *   (`Responsiveness.keptSilent`), since anybody may set one that nobody could keep.
 * - Nobody, because the caller left or found another answer: it never counts.
 *
 * The service is judged by the same: whoever is in a hurry opens no breaker for the others, and nor does what waited in the line.
 */
export class Blame {
  readonly #operation: string;
  /** Times that ran out and were held against an endpoint, and of which the breaker of the service has not heard yet. */
  readonly #held = new WeakSet<object>();

  /** @param operation As the guards of the policy call the work in their errors. */
  constructor(operation: string) {
    this.#operation = operation;
  }

  /** What it says of the endpoint that a try failed while somebody waited for it. */
  ofFailure(error: unknown, record: EndpointRecord, sent: Sent): LeaseOutcome['kind'] {
    const kind = failureClass(error);
    if (kind === 'permanent') return 'rejected';
    if (kind === 'cancelled' || kind === 'unsent') return 'cancelled';
    return TuttiError.is(error, 'DEADLINE_EXCEEDED') ? this.#ofTimeOfCaller(error, record, sent) : 'failure';
  }

  /** What it says of the endpoint that a try was cancelled. */
  ofCancellation(reason: unknown, record: EndpointRecord, sent: Sent): LeaseOutcome['kind'] {
    if (failureClass(reason) !== 'timeout') return 'cancelled';
    return this.#isOfPolicy(reason) ? this.#hold(reason) : this.#ofTimeOfCaller(reason, record, sent);
  }

  /** Whether it counts against the service that a try of this call ended so. Says yes once to each time that ran out. */
  isOfService(error: unknown, call: Call): boolean {
    if (call.cancelled) return this.#held.delete(call.reason as object);
    return TuttiError.is(error, 'DEADLINE_EXCEEDED') ? this.#held.delete(error) : isTargetFailure(error);
  }

  #isOfPolicy(reason: unknown): boolean {
    return TuttiError.is(reason, 'TIMEOUT') && (reason.details as { operation?: unknown } | undefined)?.operation === this.#operation;
  }

  #ofTimeOfCaller(reason: unknown, record: EndpointRecord, sent: Sent): LeaseOutcome['kind'] {
    return record.keptSilent(sent) ? this.#hold(reason) : 'cancelled';
  }

  #hold(reason: unknown): 'failure' {
    this.#held.add(reason as object); // only an object has the class of a time that ran out
    return 'failure';
  }
}
