import type { Call } from '../../call/call.ts';
import { coreError } from '../../errors/core-errors.ts';
import { isTargetFailure } from '../../errors/failure.ts';
import type { TuttiError } from '../../errors/tutti-error.ts';
import type { Handler } from '../../handler/handler.ts';
import { checkOptions, type OptionRules } from '../../options/check-options.ts';
import { type Duration, durationMs } from '../../options/duration.ts';
import { callable, duration, objectWith, text, wholeNumber } from '../../options/rules.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Breaker, BreakerChange } from './breaker.ts';
import { BreakerMachine, refused, type Ticket } from './breaker-machine.ts';
import { consecutiveFailures, type TripPolicy } from './trip.ts';

export interface BreakerOptions {
  /** Names the work in the error. */
  readonly operation: string;
  /** @defaultValue consecutiveFailures(5) */
  readonly tripAfter?: TripPolicy;
  /** The pause before the first probe; doubled each time a probe fails. @defaultValue '10s' */
  readonly openFor?: Duration;
  /** No pause is longer. @defaultValue '2m' */
  readonly openForMax?: Duration;
  /** Calls let through at a time while half-open. @defaultValue 1 */
  readonly probes?: number;
  /** Probes that must succeed before it closes. @defaultValue 1 */
  readonly successesToClose?: number;
  /** Which failures count against the target. @defaultValue isTargetFailure */
  readonly failureIf?: (error: unknown) => boolean;
  /** Told after each change of state. Must not throw. */
  readonly onChange?: (change: BreakerChange) => void;
}

export const breakerDefaults = { openFor: '10s', openForMax: '2m', probes: 1, successesToClose: 1 } as const;

export const breakerRules: OptionRules<BreakerOptions> = {
  required: { operation: text },
  optional: {
    tripAfter: objectWith('a TripPolicy', 'tally'),
    openFor: duration,
    openForMax: duration,
    probes: wholeNumber({ min: 1 }),
    successesToClose: wholeNumber({ min: 1 }),
    failureIf: callable,
    onChange: callable,
  },
};

/** The machine and what turns failures into its news: shared by the layer and the fused form. */
export interface BreakerGate {
  readonly machine: BreakerMachine;
  failed(ticket: Ticket, error: unknown, clock: Clock): void;
  refusal(clock: Clock): TuttiError;
}

export function breakerGate(path: string, options: BreakerOptions): BreakerGate {
  const checked = checkOptions(path, options, breakerRules, breakerDefaults);
  const { operation, tripAfter = consecutiveFailures(5), probes, successesToClose, failureIf = isTargetFailure, onChange } = checked;
  const openForMs = durationMs(checked.openFor, `${path}.openFor`);
  const openForMaxMs = Math.max(openForMs, durationMs(checked.openForMax, `${path}.openForMax`));
  const machine = new BreakerMachine({ tally: tripAfter.tally(), openForMs, openForMaxMs, probes, successesToClose, onChange });
  return {
    machine,
    failed(ticket, error, clock) {
      if (failureIf(error)) machine.failed(ticket, clock);
      else machine.ignored(ticket);
    },
    refusal: (clock) => coreError('BREAKER_OPEN', { operation, retryAfterMs: machine.waitMs(clock) }),
  };
}

/** The handles of a breaker around a gate. */
export function breakerHandles(operation: string, { machine }: BreakerGate): Pick<Breaker, 'operation' | 'state' | 'force'> {
  return {
    operation,
    get state() {
      return machine.state;
    },
    force: (state) => machine.force(state),
  };
}

/**
 * A breaker on the runtime's clock, without a timer: the end of a pause is noticed by the call that comes after it.
 *
 * @throws INVALID_OPTIONS naming the path.
 *
 * @example
 * ```ts
 * import { breaker, Call, compose, failureRate } from '@tutti/core';
 *
 * const guard = breaker({ operation: 'ocr', tripAfter: failureRate({ share: 0.5 }), openFor: '5s' });
 * const read = compose(async (page: number): Promise<string> => `page ${page}`, [guard]);
 * console.log(await read(1, Call.root()), guard.state);
 * ```
 */
export function breaker(options: BreakerOptions): Breaker {
  const gate = breakerGate('breaker', options);
  const { machine } = gate;
  const layer = <I, O>(next: Handler<I, O>): Handler<I, O> => {
    return async (input: I, call: Call): Promise<O> => {
      const { clock } = call.runtime;
      const ticket = machine.admit(clock);
      if (ticket === refused) throw gate.refusal(clock);
      try {
        const result = await next(input, call);
        machine.succeeded(ticket, clock);
        return result;
      } catch (error) {
        gate.failed(ticket, error, clock);
        throw error;
      }
    };
  };
  return Object.defineProperties(layer, Object.getOwnPropertyDescriptors(breakerHandles(options.operation, gate))) as Breaker;
}
