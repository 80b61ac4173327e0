import { Call } from '../../call/call.ts';
import { coreError } from '../../errors/core-errors.ts';
import type { Handler } from '../../handler/handler.ts';
import type { Timer } from '../../runtime/clock.ts';
import type { Runtime } from '../../runtime/runtime.ts';

/** A machine as its program sees it, from one boot to the next crash. */
export interface NodeLife {
  /** Time and chance of this machine: its timers do not outlive it. */
  readonly runtime: Runtime;
  /** Aborted by the crash. */
  readonly signal: AbortSignal;
  /** Answers the requests of this name. */
  serve<I, O>(service: string, handler: Handler<I, O>): void;
  /** Takes the messages of this name, which nobody waits for. */
  receive<M>(service: string, listener: (message: M) => void): void;
}

export type NodeProgram = (life: NodeLife) => void;

export interface NodeFace {
  readonly name: string;
  readonly up: boolean;
}

export type Answer = { readonly value: unknown } | { readonly error: unknown };

/** Errors of the kit lose their class in a structured clone, and are immutable: they cross as they are. */
export function copyOf(answer: Answer): Answer {
  return 'value' in answer ? { value: structuredClone(answer.value) } : answer;
}

/** Ends without an answer, like a machine that goes away in the middle of it. */
const silence = new Promise<never>(() => {});

/** One machine: handlers and timers belong to a life, and what a life that is over still says is not heard. */
export class SimulatedNode implements NodeFace {
  readonly name: string;
  readonly #program: NodeProgram;
  readonly #runtime: Runtime;
  #handlers = new Map<string, Handler<unknown, unknown>>();
  #listeners = new Map<string, (message: unknown) => void>();
  #life = new AbortController();

  constructor(name: string, program: NodeProgram, runtime: Runtime) {
    this.name = name;
    this.#program = program;
    this.#runtime = runtime;
    this.#life.abort();
  }

  get up(): boolean {
    return !this.#life.signal.aborted;
  }

  boot(): void {
    if (this.up) throw coreError('INVALID_ARGUMENT', { path: 'node', problem: `must be down to be restarted, and '${this.name}' is not` });
    const life = new AbortController();
    this.#life = life;
    this.#handlers = new Map();
    this.#listeners = new Map();
    this.#program({
      runtime: this.#runtimeOf(life.signal),
      signal: life.signal,
      serve: (service, handler) => void this.#handlers.set(service, handler as Handler<unknown, unknown>),
      receive: (service, listener) => void this.#listeners.set(service, listener as (message: unknown) => void),
    });
  }

  crash(): void {
    this.#life.abort(coreError('CANCELLED', { reason: `${this.name} crashed` }));
  }

  /** Sends a request out and waits for what comes back, as long as this life lasts and the call is wanted. */
  ask<O>(call: Call, send: (hear: (answer: Answer) => void) => void): Promise<O> {
    const { signal } = this.#life;
    if (!this.up) return silence;
    return new Promise((resolve, reject) => {
      const cancelled = (): void => reject(call.reason);
      if (call.cancelled) return cancelled();
      call.signal.addEventListener('abort', cancelled, { once: true });
      send((answer) => {
        if (signal.aborted) return;
        call.signal.removeEventListener('abort', cancelled);
        if ('value' in answer) resolve(answer.value as O);
        else reject(answer.error);
      });
    });
  }

  answer(service: string, input: unknown, asked: Call, reply: (answer: Answer) => void): void {
    const { signal } = this.#life;
    const handler = this.#handlers.get(service);
    if (!this.up || !handler) {
      reply({ error: this.#refusal(service) });
      return;
    }
    const send = (answer: Answer): void => {
      if (!signal.aborted) reply(answer);
    };
    const work = async (): Promise<unknown> => handler(input, this.#callFor(asked));
    work().then(
      (value) => send({ value }),
      (error: unknown) => send({ error }),
    );
  }

  take(service: string, message: unknown): void {
    if (this.up) this.#listeners.get(service)?.(message);
  }

  /** Identity and deadline go over, as headers carry them; the cancellation of the asker does not. */
  #callFor(asked: Call): Call {
    const { deadline, attempt, tenant, principal, idempotencyKey } = asked;
    return Call.root({
      runtime: this.#runtime,
      signal: this.#life.signal,
      deadline,
      attempt,
      ...(tenant !== undefined && { tenant }),
      ...(principal !== undefined && { principal }),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
    });
  }

  #refusal(service: string): unknown {
    const problem = this.up ? `it has no service '${service}'` : 'the connection was refused';
    return coreError('STORE_UNAVAILABLE', { store: this.name, problem });
  }

  #runtimeOf(life: AbortSignal): Runtime {
    const { clock } = this.#runtime;
    const after = (delayMs: number, callback: () => void): Timer =>
      clock.after(delayMs, () => {
        if (!life.aborted) callback();
      });
    return { ...this.#runtime, clock: { ...clock, after } };
  }
}
