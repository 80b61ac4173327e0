import type { Call } from '../call/call.ts';
import { pause } from '../call/pause.ts';
import { coreError } from '../errors/core-errors.ts';
import type { TuttiError } from '../errors/tutti-error.ts';
import { type Deadline, deadlineWheel } from '../runtime/deadline-wheel.ts';
import { refused, type Ticket } from './breaker/breaker-machine.ts';
import type { BreakerGate } from './breaker/circuit-breaker.ts';
import type { BulkheadGate } from './bulkhead/bulkhead.ts';
import { avoiding, type RetryPlan } from './retry.ts';

/** Gives each attempt what it works with, and takes it back when the attempt is over: a lease, a connection. */
export interface AttemptGuard<I, T> {
  /**
   * A promise only where it has to wait: the usual way costs none. Whoever cannot begin throws or rejects, and nothing is taken back.
   * @param now The time of the call's clock, which was read already.
   */
  enter(input: I, call: Call, now: number): T | Promise<T>;
  /** Once for each that was given, as soon as the attempt is over, also by its time limit. Must not throw. */
  left(taken: T, failed: boolean, error: unknown): void;
}

/** Does the work of one attempt with what the guard gave. */
export type GuardedWork<I, O, T> = (input: I, call: Call, taken: T) => Promise<O>;

/** What `protect` compiled. Absent guards are undefined, absent times `Infinity`. */
export interface Guards {
  readonly operation: string;
  readonly timeoutMs: number;
  readonly attemptMs: number;
  readonly retry: RetryPlan | undefined;
  readonly breaker: BreakerGate | undefined;
  readonly bulkhead: BulkheadGate | undefined;
}

const over = -1;

/** One call on its way through the guards. Everything that the layers would keep in closures and promises is a field here. */
export class Guarded<I, O, T = undefined> {
  readonly #guards: Guards;
  readonly #next: GuardedWork<I, O, T | undefined>;
  readonly #attempts: AttemptGuard<I, T> | undefined;
  /** What the attempt under way was given. */
  #taken: T | undefined = undefined;
  readonly #input: I;
  readonly #outer: Call;
  readonly #resolve: (result: O) => void;
  readonly #reject: (error: unknown) => void;
  /** The call as it is between the attempts: with the deadline of the whole. */
  #work: Call;
  /** When the time of the whole is up, by `timeoutMs` alone. */
  #ownAt = Number.POSITIVE_INFINITY;
  /** The call of the attempt under way. */
  #tried: Call;
  /** From 1; `over` when the caller has the answer. What belongs to another number is old news. */
  #attempt = 1;
  #ticket: Ticket = refused;
  #timer: Deadline | undefined = undefined;

  constructor(
    guards: Guards,
    attempts: AttemptGuard<I, T> | undefined,
    next: GuardedWork<I, O, T | undefined>,
    input: I,
    call: Call,
    resolve: (result: O) => void,
    reject: (error: unknown) => void,
  ) {
    this.#guards = guards;
    this.#attempts = attempts;
    this.#next = next;
    this.#input = input;
    this.#outer = call;
    this.#work = call;
    this.#tried = call;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  begin(): void {
    const { operation, timeoutMs, retry } = this.#guards;
    const now = this.#outer.runtime.clock.now();
    if (timeoutMs !== Number.POSITIVE_INFINITY) {
      if (this.#outer.cancelled) throw this.#outer.reason;
      if (this.#outer.deadline <= now) throw coreError('DEADLINE_EXCEEDED', { operation, begun: false });
      this.#ownAt = now + timeoutMs;
      this.#work = this.#outer.child({ deadline: this.#ownAt });
      this.#tried = this.#work;
    }
    retry?.begin(now);
    this.#enter(now);
  }

  #enter(now: number): void {
    const { breaker, bulkhead } = this.#guards;
    const { clock } = this.#outer.runtime;
    if (breaker) {
      this.#ticket = breaker.machine.admit(clock);
      if (this.#ticket === refused) {
        this.#failed(breaker.refusal(clock));
        return;
      }
    }
    if (!bulkhead || bulkhead.places.tryEnter()) this.#run(now);
    else this.#wait(bulkhead);
  }

  #wait(bulkhead: BulkheadGate): void {
    const { clock } = this.#outer.runtime;
    bulkhead.places.wait(this.#tried, bulkhead.priority(this.#tried)).then(
      () => {
        if (!this.#tried.cancelled) this.#run(clock.now());
        else this.#end(this.#tried.reason);
      },
      (error: unknown) => {
        this.#guards.breaker?.failed(this.#ticket, error, clock);
        if (this.#guards.timeoutMs !== Number.POSITIVE_INFINITY && this.#work.deadline <= clock.now()) this.#expire(this.#passed());
        else this.#failed(error);
      },
    );
  }

  #run(now: number): void {
    const { attemptMs, timeoutMs } = this.#guards;
    if (attemptMs !== Number.POSITIVE_INFINITY) this.#tried = this.#tried.child({ deadline: now + attemptMs });
    else if (timeoutMs === Number.POSITIVE_INFINITY) {
      this.#take(now);
      return;
    }
    const { deadline, runtime } = this.#tried;
    if (deadline <= now) {
      this.#end(coreError('DEADLINE_EXCEEDED', { operation: this.#guards.operation, begun: false }));
      return;
    }
    this.#timer = deadlineWheel(runtime.clock).at(deadline, () => this.#late(now + attemptMs));
    this.#take(now);
  }

  #take(now: number): void {
    const attempts = this.#attempts;
    if (attempts === undefined) {
      this.#ask();
      return;
    }
    let taken: T | Promise<T>;
    try {
      taken = attempts.enter(this.#input, this.#tried, now);
    } catch (error) {
      this.#end(error);
      return;
    }
    if (!(taken instanceof Promise)) {
      this.#taken = taken;
      this.#ask();
      return;
    }
    const attempt = this.#attempt;
    taken.then(
      (given) => {
        if (attempt !== this.#attempt || this.#tried.cancelled) {
          attempts.left(given, true, this.#tried.reason);
          if (attempt === this.#attempt) this.#end(this.#tried.reason);
          return;
        }
        this.#taken = given;
        this.#ask();
      },
      (error: unknown) => {
        if (attempt === this.#attempt) this.#end(error);
      },
    );
  }

  #give(failed: boolean, error: unknown): void {
    const taken = this.#taken;
    if (taken === undefined) return;
    this.#taken = undefined;
    this.#attempts?.left(taken, failed, error);
  }

  #ask(): void {
    const attempt = this.#attempt;
    let answer: Promise<O>;
    try {
      answer = this.#next(this.#input, this.#tried, this.#taken);
    } catch (error) {
      this.#end(error);
      return;
    }
    answer.then(
      (result) => {
        if (attempt !== this.#attempt) return;
        try {
          this.#succeed(result);
        } catch (thrown) {
          this.#break(thrown);
        }
      },
      (error: unknown) => {
        if (attempt === this.#attempt) this.#end(error);
      },
    );
  }

  #succeed(result: O): void {
    const { breaker, bulkhead } = this.#guards;
    this.#attempt = over;
    this.#timer?.cancel();
    this.#give(false, undefined);
    bulkhead?.places.leave();
    breaker?.machine.succeeded(this.#ticket, this.#outer.runtime.clock);
    this.#release();
    this.#resolve(result);
  }

  /** The attempt, which held a place, has failed. */
  #end(error: unknown): void {
    const { breaker, bulkhead } = this.#guards;
    this.#timer?.cancel();
    this.#give(true, error);
    bulkhead?.places.leave();
    try {
      breaker?.failed(this.#ticket, error, this.#outer.runtime.clock);
    } catch (thrown) {
      this.#break(thrown);
      return;
    }
    this.#failed(error);
  }

  /** Time is up: for the attempt, or for the whole. */
  #late(attemptAt: number): void {
    const { operation, attemptMs, timeoutMs, breaker, bulkhead } = this.#guards;
    if (timeoutMs !== Number.POSITIVE_INFINITY && this.#work.deadline <= attemptAt) {
      const passed = this.#passed();
      this.#give(true, passed);
      bulkhead?.places.leave();
      breaker?.failed(this.#ticket, passed, this.#outer.runtime.clock);
      this.#expire(passed);
      return;
    }
    const own = attemptAt <= this.#work.deadline;
    const error = own
      ? coreError('TIMEOUT', { operation, timeoutMs: attemptMs })
      : coreError('DEADLINE_EXCEEDED', { operation, begun: true });
    this.#tried.cancel(error);
    this.#end(error);
  }

  /** What is said of the time of the whole: the guard's own, or the caller's. */
  #passed(): TuttiError {
    const { operation, timeoutMs } = this.#guards;
    const own = this.#ownAt <= this.#outer.deadline;
    return own ? coreError('TIMEOUT', { operation, timeoutMs }) : coreError('DEADLINE_EXCEEDED', { operation, begun: true });
  }

  #expire(error: TuttiError): void {
    this.#attempt = over;
    this.#work.cancel(error);
    this.#reject(error);
  }

  /** Tries again or gives up. Nothing is held now. */
  #failed(error: unknown): void {
    const work = this.#work;
    let delayMs: number;
    try {
      delayMs = this.#guards.retry?.delayMs(error, this.#attempt, work, this.#tried) ?? over;
    } catch (thrown) {
      this.#break(thrown);
      return;
    }
    if (delayMs === over) {
      this.#break(error);
      return;
    }
    const avoid = avoiding(this.#tried);
    const attempt = ++this.#attempt;
    const again = (): void => {
      this.#release();
      this.#tried = work.child({ attempt: this.#outer.attempt + attempt - 1, avoid });
      this.#enter(work.runtime.clock.now());
    };
    if (delayMs === 0) again();
    else pause(work, delayMs).then(again, (reason: unknown) => this.#reject(reason));
  }

  /** The end with a failure: of the work, or of a hook of the host, which is the result then, as it would be in a layer. */
  #break(thrown: unknown): void {
    this.#attempt = over;
    this.#release();
    this.#reject(thrown);
  }

  #release(): void {
    if (this.#tried !== this.#outer) this.#tried.release();
    if (this.#work !== this.#outer && this.#attempt === over) this.#work.release();
  }
}
