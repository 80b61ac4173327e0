import { failureClass } from '../errors/failure.ts';
import type { AnyLayer } from '../handler/handler.ts';
import { checkOptions } from '../options/check-options.ts';
import { oneOf, text } from '../options/rules.ts';
import type { LogLevel } from '../runtime/logger.ts';

export interface LoggedOptions {
  /** What is done. */
  readonly operation: string;
  /** @defaultValue 'warn' */
  readonly failureLevel?: LogLevel;
  /** @defaultValue 'debug' */
  readonly successLevel?: LogLevel;
}

export const loggedDefaults = { failureLevel: 'warn', successLevel: 'debug' } as const;

const level = oneOf('debug', 'info', 'warn', 'error');

/** Writes a line when the work ends, with how long it took and what ties it to other lines. Never its input or result. */
export function logged(options: LoggedOptions): AnyLayer {
  const { operation, failureLevel, successLevel } = checkOptions(
    'logged',
    options,
    { required: { operation: text }, optional: { failureLevel: level, successLevel: level } },
    loggedDefaults,
  );
  return (next) => async (input, call) => {
    const { clock, logger } = call.runtime;
    const startedAt = clock.now();
    const fields = (): Readonly<Record<string, unknown>> => ({
      operation,
      durationMs: clock.now() - startedAt,
      attempt: call.attempt,
      correlationId: call.correlationId,
      traceparent: call.traceparent,
      ...(call.tenant !== undefined && { tenant: call.tenant }),
    });
    try {
      const result = await next(input, call);
      if (logger.enabled(successLevel)) logger.log(successLevel, `${operation} done`, fields());
      return result;
    } catch (error) {
      if (logger.enabled(failureLevel))
        logger.log(failureLevel, `${operation} failed`, { ...fields(), failure: failureClass(error), error });
      throw error;
    }
  };
}
