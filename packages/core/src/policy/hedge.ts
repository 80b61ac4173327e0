import type { Call } from '../call/call.ts';
import { coreError } from '../errors/core-errors.ts';
import type { AnyLayer, Handler } from '../handler/handler.ts';
import { checkOptions } from '../options/check-options.ts';
import { type Duration, durationMs, durationProblem } from '../options/duration.ts';
import { anyOf, callable, flag, objectWith, text, wholeNumber } from '../options/rules.ts';
import { type Deadline, deadlineWheel } from '../runtime/deadline-wheel.ts';
import { type RetryBudget, retryBudget } from './retry-budget.ts';

export interface HedgeOptions {
  /** Names the work in the reason with which the loser is cancelled. */
  readonly operation: string;
  /** How long an answer may take before another attempt is begun beside it; a function gives milliseconds, for example a measured p95. */
  readonly after: Duration | (() => number);
  /** Attempts that may be added to the first. @defaultValue 1 */
  readonly maxExtra?: number;
  /** Bounds the extra load. @defaultValue 5 % of the calls, nothing in reserve */
  readonly budget?: RetryBudget;
  /** Whether the work may be done twice; where it may not, it is not hedged. @defaultValue true */
  readonly repeatable?: boolean | ((call: Call) => boolean);
}

export const hedgeDefaults = { maxExtra: 1, repeatable: true } as const;

/**
 * Begins the work again beside itself when it takes long, and gives whichever answer comes first; the losers are cancelled
 * (Dean and Barroso, "The Tail at Scale", 2013). Fails when all attempts failed, with the last failure; an attempt
 * that fails while no other is under way ends the call, because trying again after a failure is what retry is for.
 */
export function hedge(options: HedgeOptions): AnyLayer {
  const {
    operation,
    after,
    maxExtra,
    repeatable,
    budget = retryBudget({ share: 0.05, minPerSecond: 0 }),
  } = checkOptions(
    'hedge',
    options,
    {
      required: { operation: text, after: anyOf(durationProblem, callable) },
      optional: { maxExtra: wholeNumber({ min: 1 }), budget: objectWith('a RetryBudget', 'withdraw'), repeatable: anyOf(flag, callable) },
    },
    hedgeDefaults,
  );
  const fixedMs = typeof after === 'function' ? undefined : durationMs(after, 'hedge.after');
  const afterMs = (): number => fixedMs ?? (after as () => number)();
  return (next) => (input, call) => {
    budget.deposit(call.runtime.clock.now());
    if (!(typeof repeatable === 'function' ? repeatable(call) : repeatable)) return next(input, call);
    return new Promise((resolve, reject) => {
      new Race(operation, next, input, call, resolve, reject).begin(maxExtra, afterMs, budget);
    });
  };
}

/** The attempts of one call. */
class Race<I, O> {
  readonly #operation: string;
  readonly #next: Handler<I, O>;
  readonly #input: I;
  readonly #call: Call;
  readonly #resolve: (result: O) => void;
  readonly #reject: (error: unknown) => void;
  readonly #running = new Set<Call>();
  #begun = 0;
  #timer: Deadline | undefined;

  constructor(
    operation: string,
    next: Handler<I, O>,
    input: I,
    call: Call,
    resolve: (result: O) => void,
    reject: (error: unknown) => void,
  ) {
    this.#operation = operation;
    this.#next = next;
    this.#input = input;
    this.#call = call;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  begin(extras: number, afterMs: () => number, budget: RetryBudget): void {
    this.#attempt();
    const { clock } = this.#call.runtime;
    const arm = (left: number): void => {
      if (left === 0 || this.#running.size === 0) return;
      this.#timer = deadlineWheel(clock).at(clock.now() + afterMs(), () => {
        this.#timer = undefined;
        if (this.#call.cancelled || !budget.withdraw(clock.now())) return;
        this.#attempt();
        arm(left - 1);
      });
    };
    arm(extras);
  }

  #attempt(): void {
    const targets = [...this.#running].flatMap(({ target }) => target ?? []);
    const avoid = [...this.#call.avoid, ...targets];
    const one = this.#call.child({ attempt: this.#call.attempt + this.#begun++, avoid });
    this.#running.add(one);
    this.#begin(one).then(
      (result) => {
        if (!this.#running.delete(one)) return;
        one.release();
        this.#over();
        this.#resolve(result);
      },
      (error: unknown) => {
        if (!this.#running.delete(one)) return;
        one.release();
        if (this.#running.size > 0) return;
        this.#over();
        this.#reject(error);
      },
    );
  }

  /** A handler may throw instead of rejecting, and nobody stands above a timer. */
  async #begin(one: Call): Promise<O> {
    return this.#next(this.#input, one);
  }

  #over(): void {
    this.#timer?.cancel();
    const losers = [...this.#running];
    this.#running.clear();
    for (const loser of losers) {
      loser.cancel(coreError('CANCELLED', { reason: `another attempt at ${this.#operation} answered first` }));
    }
  }
}
