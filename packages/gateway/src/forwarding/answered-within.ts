import { type Call, coreError, type Deadline, type Duration, deadlineWheel, durationMs, type Handler, type Layer } from '@tutti/core';
import type { Exchange } from '../http/exchange.ts';

export interface AnsweredWithinOptions {
  /** Names the work in the error. */
  readonly operation: string;
  readonly timeout: Duration;
}

/**
 * Gives the work until its answer begins: then the call is cancelled with TIMEOUT, and it is told beforehand by its deadline. An answer that has
 * begun may take as long as it likes as far as this layer goes. A deadline that the caller set himself holds for the whole of it: that is
 * DEADLINE_EXCEEDED. No timer and no AbortController per call.
 */
export function answeredWithin({ operation, timeout }: AnsweredWithinOptions): Layer<Exchange, void> {
  const timeoutMs = durationMs(timeout, 'route.timeout');
  return (next) => (exchange, call) =>
    new Promise((resolve, reject) => new Allowance({ operation, timeoutMs }, exchange, call, resolve, reject).begin(next));
}

/** The time that one request has, until its answer begins. What closures would keep is a field here, as this is made for every request. */
class Allowance {
  readonly #given: { readonly operation: string; readonly timeoutMs: number };
  readonly #exchange: Exchange;
  readonly #outer: Call;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  #inner: Call | undefined;
  #own: Deadline | undefined;
  #callers: Deadline | undefined;

  constructor(
    given: { readonly operation: string; readonly timeoutMs: number },
    exchange: Exchange,
    outer: Call,
    resolve: () => void,
    reject: (error: unknown) => void,
  ) {
    this.#given = given;
    this.#exchange = exchange;
    this.#outer = outer;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Throws where the time is over before it begins. */
  begin(next: Handler<Exchange, void>): void {
    const { operation, timeoutMs } = this.#given;
    const call = this.#outer;
    call.throwIfOver(operation);
    const { clock } = call.runtime;
    const wheel = deadlineWheel(clock);
    const beginsBy = clock.now() + timeoutMs;
    const inner = call.child({ deadline: beginsBy });
    this.#inner = inner;
    this.#own = wheel.at(beginsBy, this.#late);
    if (call.deadline !== Number.POSITIVE_INFINITY)
      this.#callers = wheel.at(call.deadline, () => this.#giveUp(coreError('DEADLINE_EXCEEDED', { operation, begun: true })));
    try {
      next(this.#exchange, inner).then(this.#done, this.#failed);
    } catch (error) {
      this.#failed(error);
    }
  }

  readonly #late = (): void => {
    if (!this.#exchange.response.answering) this.#giveUp(coreError('TIMEOUT', this.#given));
  };

  readonly #done = (): void => {
    this.#over();
    this.#resolve();
  };

  readonly #failed = (error: unknown): void => {
    this.#over();
    this.#reject(error);
  };

  #giveUp(error: Error): void {
    this.#inner?.cancel(error);
    this.#reject(error);
  }

  #over(): void {
    this.#own?.cancel();
    this.#callers?.cancel();
    this.#inner?.release();
  }
}
