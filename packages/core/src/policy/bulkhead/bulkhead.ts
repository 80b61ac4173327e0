import type { Call } from '../../call/call.ts';
import type { Handler } from '../../handler/handler.ts';
import { checkOptions, type OptionRules } from '../../options/check-options.ts';
import { callable, text, wholeNumber } from '../../options/rules.ts';
import { Places, type Priority } from './places.ts';

export interface BulkheadOptions {
  /** Names the work in the error. */
  readonly operation: string;
  /** Calls that may be under way at a time. */
  readonly maxConcurrent: number;
  /** Calls that may wait for a place. @defaultValue 0 */
  readonly maxQueue?: number;
  /** @defaultValue every call is `normal` */
  readonly priority?: (call: Call) => Priority;
}

export const bulkheadDefaults = { maxQueue: 0 } as const;

export const bulkheadRules: OptionRules<BulkheadOptions> = {
  required: { operation: text, maxConcurrent: wholeNumber({ min: 1 }) },
  optional: { maxQueue: wholeNumber(), priority: callable },
};

/** A layer that can be looked at. All handlers that one bulkhead surrounds share its places. */
export interface Bulkhead {
  <I, O>(next: Handler<I, O>): Handler<I, O>;
  readonly operation: string;
  /** Calls under way. */
  readonly active: number;
  /** Calls in the line. */
  readonly queued: number;
}

const normal = (): Priority => 'normal';

export interface BulkheadGate {
  readonly places: Places;
  priority(call: Call): Priority;
}

export function bulkheadGate(path: string, options: BulkheadOptions): BulkheadGate {
  const { operation, maxConcurrent, maxQueue, priority = normal } = checkOptions(path, options, bulkheadRules, bulkheadDefaults);
  return { places: new Places(operation, maxConcurrent, maxQueue), priority };
}

export function bulkheadHandles(operation: string, { places }: BulkheadGate): Pick<Bulkhead, 'operation' | 'active' | 'queued'> {
  return {
    operation,
    get active() {
      return places.taken;
    },
    get queued() {
      return places.waiting;
    },
  };
}

/**
 * Lets `maxConcurrent` calls work at a time and `maxQueue` wait, by priority and then by age; everybody else is refused
 * at once with OVERLOADED (retryable; the work was not begun). A waiting call leaves the line when its deadline passes, with
 * DEADLINE_EXCEEDED, or when it is cancelled; a full line gives up its youngest call of lower priority for one of higher.
 *
 * @throws INVALID_OPTIONS naming the path.
 */
export function bulkhead(options: BulkheadOptions): Bulkhead {
  const gate = bulkheadGate('bulkhead', options);
  const { places, priority } = gate;
  const layer = <I, O>(next: Handler<I, O>): Handler<I, O> => {
    return async (input: I, call: Call): Promise<O> => {
      if (!places.tryEnter()) await places.wait(call, priority(call));
      try {
        return await next(input, call);
      } finally {
        places.leave();
      }
    };
  };
  return Object.defineProperties(layer, Object.getOwnPropertyDescriptors(bulkheadHandles(options.operation, gate))) as Bulkhead;
}
