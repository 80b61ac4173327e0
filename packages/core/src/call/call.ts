import { coreError } from '../errors/core-errors.ts';
import { newId, newTraceparent } from '../runtime/id.ts';
import { defaultRuntime, type Runtime } from '../runtime/runtime.ts';

/** What a call may carry beside its cancellation. Absent members are inherited by a child. */
export interface CallFields {
  /** Milliseconds on the runtime's monotonic clock. A child never outlives its parent: the earlier deadline holds. */
  readonly deadline?: number;
  /** From 1. */
  readonly attempt?: number;
  readonly tenant?: string;
  /** Who asks, as the authentication step named them. */
  readonly principal?: string;
  /** W3C Trace Context, section 3.2. */
  readonly traceparent?: string;
  /** W3C Trace Context, section 3.3: what tracing systems add to `traceparent`. Passed on as it came. */
  readonly tracestate?: string;
  /** W3C Baggage, as the header has it; `readBaggage` takes it apart. Goes wherever the call goes: no secrets. */
  readonly baggage?: string;
  readonly correlationId?: string;
  /** Stable across the attempts of one piece of work. */
  readonly idempotencyKey?: string;
  /** Targets (instance ids) that failed this work before: another one is preferred. */
  readonly avoid?: readonly string[];
}

/** Told why a call was cancelled. */
export type CancelListener = (reason: unknown) => void;

type Listening = Call | CancelListener;

const none: readonly string[] = Object.freeze([]);
const nothing = (): void => {};

/** How a call begins: from nothing, or from what came over a wire. */
export interface RootFields extends CallFields {
  readonly runtime?: Runtime;
  /** Cancels the call when aborted, for example when the client goes away. */
  readonly signal?: AbortSignal;
}

/**
 * What travels with a piece of work: cancellation, deadline and identity. Immutable but for its cancellation.
 *
 * One is made on every hot path, so nothing is made before it is asked for: no AbortController without a reader of
 * `signal`, no id without a reader of the id, no timer ever (the timeout layer owns those).
 */
export class Call {
  readonly runtime: Runtime;
  /** Milliseconds on `runtime.clock.now()`; `Infinity` when there is none. */
  readonly deadline: number;
  readonly attempt: number;
  readonly tenant: string | undefined;
  readonly principal: string | undefined;
  readonly idempotencyKey: string | undefined;
  readonly tracestate: string | undefined;
  readonly baggage: string | undefined;
  readonly avoid: readonly string[];
  #traceparent: string | undefined;
  #correlationId: string | undefined;
  readonly #parent: Call | undefined;
  readonly #outside: AbortSignal | undefined;
  #controller: AbortController | undefined = undefined;
  /** Who wants to hear of a cancellation: listeners, and children that have listeners themselves. Mostly it is one. */
  #listening: Listening | Set<Listening> | undefined = undefined;
  /** Those who are being told: one of them may end the listening of another. */
  #told: Set<Listening> | undefined = undefined;
  #linked = false;
  #onOutside: (() => void) | undefined = undefined;
  #cancelled = false;
  #reason: unknown = undefined;
  #target: string | undefined = undefined;
  #exhausted: unknown = undefined;

  private constructor(runtime: Runtime, parent: Call | undefined, outside: AbortSignal | undefined, fields: CallFields) {
    this.runtime = runtime;
    this.#parent = parent;
    this.#outside = outside;
    this.deadline = fields.deadline ?? Number.POSITIVE_INFINITY;
    this.attempt = fields.attempt ?? 1;
    if (parent === undefined) {
      this.tenant = fields.tenant;
      this.principal = fields.principal;
      this.idempotencyKey = fields.idempotencyKey;
      this.tracestate = fields.tracestate;
      this.baggage = fields.baggage;
      this.avoid = fields.avoid ?? none;
    } else {
      if (parent.deadline < this.deadline) this.deadline = parent.deadline;
      this.attempt = fields.attempt ?? parent.attempt;
      this.tenant = fields.tenant ?? parent.tenant;
      this.principal = fields.principal ?? parent.principal;
      this.idempotencyKey = fields.idempotencyKey ?? parent.idempotencyKey;
      this.tracestate = fields.tracestate ?? parent.tracestate;
      this.baggage = fields.baggage ?? parent.baggage;
      this.avoid = fields.avoid ?? parent.avoid;
    }
    this.#traceparent = fields.traceparent;
    this.#correlationId = fields.correlationId;
  }

  /** Begins a call. Without `traceparent` and `correlationId`, new ones are made when first read. */
  static root(fields: RootFields = {}): Call {
    return new Call(fields.runtime ?? defaultRuntime, undefined, fields.signal, fields);
  }

  /** A call that is cancelled with this one and carries the same identity but for `fields`. */
  child(fields: CallFields = {}): Call {
    return new Call(this.runtime, this, undefined, fields);
  }

  /**
   * A call of the same identity and trace that neither this one's deadline nor its cancellation reaches:
   * for work that was accepted durably and must go on when the caller has gone.
   */
  detach(): Call {
    const { runtime, tenant, principal, idempotencyKey, traceparent, tracestate, baggage, correlationId } = this;
    return Call.root({
      runtime,
      traceparent,
      correlationId,
      ...(tracestate !== undefined && { tracestate }),
      ...(baggage !== undefined && { baggage }),
      ...(tenant !== undefined && { tenant }),
      ...(principal !== undefined && { principal }),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
    });
  }

  get traceparent(): string {
    this.#traceparent ??= this.#parent ? this.#parent.traceparent : newTraceparent(this.runtime);
    return this.#traceparent;
  }

  get correlationId(): string {
    this.#correlationId ??= this.#parent ? this.#parent.correlationId : newId(this.runtime);
    return this.#correlationId;
  }

  /** Milliseconds until the deadline; `Infinity` without one, never negative. */
  get remainingMs(): number {
    return this.deadline === Number.POSITIVE_INFINITY ? this.deadline : Math.max(0, this.deadline - this.runtime.clock.now());
  }

  get cancelled(): boolean {
    return this.#cancelled || this.#outside?.aborted === true || this.#parent?.cancelled === true;
  }

  /** Why the call was cancelled; undefined while it is not. */
  get reason(): unknown {
    if (this.#cancelled) return this.#reason;
    return this.#outside?.aborted ? this.#outside.reason : this.#parent?.reason;
  }

  /** Made on first read and aborted with the reason of the cancellation. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.cancelled) this.#controller.abort(this.reason);
      else this.#link();
    }
    return this.#controller.signal;
  }

  /**
   * Calls back once when the call is cancelled: at once when it already is. The returned function ends the listening and must be
   * called when the work is over. Cheaper than `signal`, which it does not make. A listener must not throw.
   */
  onCancel(listener: CancelListener): () => void {
    if (this.cancelled) {
      listener(this.reason);
      return nothing;
    }
    this.#remember(listener);
    this.#link();
    return () => this.#forget(listener);
  }

  /** The target that was reached last on behalf of this call, when whoever chose one said so. */
  get target(): string | undefined {
    return this.#target;
  }

  /** Says which target the work goes to, so that a retry above can ask for another one. */
  reached(target: string): void {
    this.#target = target;
    this.#parent?.reached(target);
  }

  /**
   * Says that retries of the work that ended in `failure` were used up. Reaches the calls above, and other processes
   * in a response header; see `writeResultHeaders`.
   */
  noteExhausted(failure: unknown): void {
    this.#exhausted = failure;
    this.#parent?.noteExhausted(failure);
  }

  /**
   * True when a layer nearer to the fault has tried as often as it may: trying again up here would only multiply the load.
   * A failure that was wrapped is recognised by its `cause`.
   */
  isExhausted(failure: unknown): boolean {
    if (this.#exhausted === undefined) return false;
    let one = failure;
    for (let depth = 0; depth < 8; depth++) {
      if (one === this.#exhausted) return true;
      if (!(one instanceof Error) || one.cause === undefined) return false;
      one = one.cause;
    }
    return false;
  }

  /** Cancels this call and all made from it. The first reason stays. */
  cancel(reason?: unknown): void {
    if (this.cancelled) return;
    this.#end(reason ?? coreError('CANCELLED', { reason: 'no longer wanted' }));
  }

  /** Throws the reason if the call was cancelled, DEADLINE_EXCEEDED if its deadline has passed. */
  throwIfOver(operation: string): void {
    if (this.cancelled) throw this.reason;
    if (this.deadline !== Number.POSITIVE_INFINITY && this.deadline <= this.runtime.clock.now())
      throw coreError('DEADLINE_EXCEEDED', { operation, begun: false });
  }

  /**
   * Says that the work is over: a parent that lives on forgets this call. Whoever makes a child of a call that lives
   * long must release it; `signal` is not aborted afterwards.
   */
  release(): void {
    if (!this.#linked) return;
    this.#linked = false;
    if (this.#parent) this.#parent.#forget(this);
    if (this.#onOutside) this.#outside?.removeEventListener('abort', this.#onOutside);
  }

  /** A parent that lives long must not keep what nobody listens to any more, so the last listener takes the link along. */
  #forget(listener: Listening): void {
    const listening = this.#listening;
    if (listening === listener) this.#listening = undefined;
    else if (!(listening instanceof Set)) {
      this.#told?.delete(listener);
      return;
    } else if (!listening.delete(listener) || listening.size > 0) return;
    if (!this.#controller) this.release();
  }

  #remember(listener: Listening): void {
    const listening = this.#listening;
    if (listening === undefined) this.#listening = listener;
    else if (listening instanceof Set) listening.add(listener);
    else this.#listening = new Set([listening, listener]);
  }

  #link(): void {
    if (this.#linked) return;
    this.#linked = true;
    if (this.#outside) {
      this.#onOutside = () => this.#end(this.#outside?.reason);
      this.#outside.addEventListener('abort', this.#onOutside, { once: true });
    }
    const parent = this.#parent;
    if (!parent) return;
    parent.#remember(this);
    parent.#link();
  }

  #end(reason: unknown): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.#reason = reason;
    this.release();
    this.#controller?.abort(reason);
    const listening = this.#listening;
    this.#listening = undefined;
    if (listening === undefined) return;
    this.#told = listening instanceof Set ? listening : new Set([listening]);
    for (const listener of this.#told) {
      if (typeof listener === 'function') listener(reason);
      else listener.#end(reason);
    }
    this.#told = undefined;
  }
}
