import type { Call } from '../call/call.ts';
import { whenOver } from '../call/when-over.ts';
import type { Layer } from '../handler/handler.ts';
import { checkOptions } from '../options/check-options.ts';
import { callable, text } from '../options/rules.ts';

export interface SingleFlightOptions<I> {
  /** Names the work in errors. */
  readonly operation: string;
  /** Calls of the same key, and the same tenant, share one piece of work; undefined shares nothing. */
  readonly key: (input: I, call: Call) => string | undefined;
}

/**
 * Callers that want the same thing at the same time wait for one piece of work. Each keeps its own deadline and may
 * leave without disturbing the others; when the last one has left, the work is cancelled. The work runs under the
 * identity and trace of the caller who came first, and only tenants are told apart by themselves: whatever else
 * the answer depends on belongs into the key. Nothing is kept once the work has ended.
 */
export function singleFlight<I, O>(options: SingleFlightOptions<I>): Layer<I, O> {
  const { operation, key } = checkOptions('singleFlight', options, { required: { operation: text, key: callable } });
  return (next) => {
    const flights = new Map<string, Flight<O>>();
    return async (input, call) => {
      const wanted = key(input, call);
      if (wanted === undefined) return next(input, call);
      // the length keeps tenant and key apart, whatever is in them
      const id = call.tenant === undefined ? `-${wanted}` : `${call.tenant.length}:${call.tenant}${wanted}`;
      let flight = flights.get(id);
      if (!flight) {
        const begun = new Flight<O>(operation, call.detach());
        flight = begun;
        flights.set(id, begun);
        begun.begin(
          (shared) => next(input, shared),
          () => {
            if (flights.get(id) === begun) flights.delete(id);
          },
        );
      }
      return flight.join(call);
    };
  };
}

/** One piece of work and those who wait for it. */
class Flight<O> {
  readonly #operation: string;
  readonly #call: Call;
  #work: Promise<O> | undefined;
  #forget: () => void = () => {};
  #waiting = 0;

  constructor(operation: string, call: Call) {
    this.#operation = operation;
    this.#call = call;
  }

  /** @param ended Called before anybody hears of the end, so that whoever asks again begins anew. */
  begin(work: (call: Call) => Promise<O>, ended: () => void): void {
    this.#forget = ended;
    this.#work = started(work, this.#call).finally(ended);
    this.#work.catch(() => {}); // each caller hears of it; that all of them may have left is no fault
  }

  join(call: Call): Promise<O> {
    this.#waiting++;
    return new Promise((resolve, reject) => {
      const ended = whenOver(call, { operation: this.#operation, begun: true }, (reason) => {
        this.#left(reason);
        reject(reason);
      });
      this.#work?.finally(ended).then(resolve, reject);
    });
  }

  #left(reason: unknown): void {
    if (--this.#waiting > 0) return;
    this.#forget();
    this.#call.cancel(reason);
  }
}

/** A handler that throws instead of rejecting must not leave behind a flight that never lands. */
async function started<O>(work: (call: Call) => Promise<O>, call: Call): Promise<O> {
  return work(call);
}
