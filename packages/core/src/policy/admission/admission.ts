import type { Call } from '../../call/call.ts';
import { failureClass } from '../../errors/failure.ts';
import type { Handler } from '../../handler/handler.ts';
import { checkOptions, type OptionRules } from '../../options/check-options.ts';
import { anyOf, callable, objectWith, type Rule, text, wholeNumber } from '../../options/rules.ts';
import { type AdmissionClass, admissionClasses } from './admission-class.ts';
import { type AdmissionCounts, AdmissionGate, type AdmissionTicket, noPlace } from './admission-gate.ts';
import { type AdmissionOutcome, fixedLimit, type LimitPolicy } from './limit-policy.ts';

export interface AdmissionOptions {
  /** Names the work in errors and metrics. */
  readonly operation: string;
  /** Calls that may be inside at a time: a whole number ≥ 1, or a policy that finds it, such as `gradientLimit()`. */
  readonly limit: number | LimitPolicy;
  /** Calls of each class that may wait, or by class. A class that is not named may have 100 waiting. @defaultValue 100 */
  readonly queue?: number | Partial<Readonly<Record<AdmissionClass, number>>>;
  /** How much a call matters. Asked when there is no place. @defaultValue every call is `default` */
  readonly classOf?: (call: Call) => AdmissionClass;
  /** Among whom places are shared fairly. Calls without one share as one. Asked when there is no place. @defaultValue the tenant of the call */
  readonly tenantOf?: (call: Call) => string | undefined;
  /** Which failures say that the target has too much to do. The time of all others says nothing. @defaultValue failures of class `timeout` */
  readonly overloadIf?: (error: unknown) => boolean;
}

export const admissionDefaults = { queue: 100 } as const;

const perClass: Rule = (value) => {
  if (typeof value !== 'object' || value === null) return `must be a number for each of ${admissionClasses.join(', ')}`;
  for (const [name, count] of Object.entries(value)) {
    if (!admissionClasses.includes(name as AdmissionClass)) return `must be by ${admissionClasses.join(', ')}, got '${name}'`;
    const problem = count === undefined ? undefined : wholeNumber()(count);
    if (problem) return `${problem} for ${name}`;
  }
  return undefined;
};

const admissionRules: OptionRules<AdmissionOptions> = {
  required: { operation: text, limit: anyOf(wholeNumber({ min: 1 }), objectWith('a LimitPolicy', 'limit', 'learns')) },
  optional: { queue: anyOf(wholeNumber(), perClass), classOf: callable, tenantOf: callable, overloadIf: callable },
};

/** A layer that can be looked at. All handlers that one admission surrounds share its places and its lines. */
export interface Admission {
  <I, O>(next: Handler<I, O>): Handler<I, O>;
  readonly operation: string;
  /** The same places without promises, for whoever begins and ends work in callbacks. */
  readonly gate: AdmissionGate;
  /** Calls that may be inside now. */
  readonly limit: number;
  /** Calls inside. */
  readonly active: number;
  /** Calls in the lines. */
  readonly queued: number;
  counts(): AdmissionCounts;
}

const byDefault = (): AdmissionClass => 'default';
const ownTenant = (call: Call): string | undefined => call.tenant;
const isTimeout = (error: unknown): boolean => failureClass(error) === 'timeout';

/**
 * Decides who is let in when more is asked than can be done: around a handler that others call, or around calls of a target.
 *
 * As many as the limit says are inside at a time; a limit that learns finds out how many that is. Others wait, in one line for each class, each
 * bounded by itself: `critical` calls go before `default` ones, and those before `sheddable` ones. Within a class, tenants are served in
 * turn, and a full line gives up the youngest call of who has most waiting for one of who has little.
 *
 * Who cannot be served in time, as far as the pace of the line and of the work tell, is refused at once or when its turn comes, instead of being begun in
 * vain: with OVERLOADED, whose `retryAfterMs` says when the line of now will be served, as is who finds the line full. Nothing was begun then, so it may be
 * tried elsewhere. Who waits leaves the line when its deadline passes, with DEADLINE_EXCEEDED, or when it is cancelled, with the reason.
 *
 * @throws INVALID_OPTIONS naming the path.
 *
 * @example
 * ```ts
 * import { admission, Call, compose, gradientLimit } from '@tutti/core';
 *
 * const door = admission({ operation: 'ocr', limit: gradientLimit({ min: 4, max: 64 }), queue: { sheddable: 0 } });
 * const read = compose(async (page: number): Promise<string> => `page ${page}`, [door]);
 * console.log(await read(1, Call.root({ tenant: 'acme' })), door.limit, door.counts().entered);
 * ```
 */
export function admission(options: AdmissionOptions): Admission {
  const checked = checkOptions('admission', options, admissionRules, admissionDefaults);
  const { operation, limit, queue, classOf = byDefault, tenantOf = ownTenant, overloadIf = isTimeout } = checked;
  const each = typeof queue === 'number' ? queue : admissionDefaults.queue;
  const named = typeof queue === 'number' ? {} : queue;
  const { critical = each, default: usual = each, sheddable = each } = named;
  const gate = new AdmissionGate({
    operation,
    limit: typeof limit === 'number' ? fixedLimit(limit) : limit,
    maxQueue: { critical, default: usual, sheddable },
    classOf,
    tenantOf,
  });
  const layer = <I, O>(next: Handler<I, O>): Handler<I, O> => {
    return async (input: I, call: Call): Promise<O> => {
      let ticket = gate.tryEnter(call);
      if (ticket === noPlace) ticket = await turn(gate, call);
      let outcome: AdmissionOutcome = 'success';
      try {
        return await next(input, call);
      } catch (error) {
        outcome = overloadIf(error) ? 'overload' : 'ignored';
        throw error;
      } finally {
        gate.leave(ticket, call, outcome);
      }
    };
  };
  const handles = {
    operation,
    gate,
    get limit() {
      return gate.limit;
    },
    get active() {
      return gate.active;
    },
    get queued() {
      return gate.queued;
    },
    counts: () => gate.counts(),
  };
  return Object.defineProperties(layer, Object.getOwnPropertyDescriptors(handles)) as Admission;
}

/** Resolves when it is the call's turn. */
async function turn(gate: AdmissionGate, call: Call): Promise<AdmissionTicket> {
  const ticket = await new Promise<AdmissionTicket>((admitted, refused) => gate.wait(call, { admitted, refused }));
  if (!call.cancelled) return ticket;
  // cancelled between its turn and this one
  gate.leave(ticket, call, 'ignored');
  throw call.reason;
}
