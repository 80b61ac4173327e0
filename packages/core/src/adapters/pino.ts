import { type LogFields, type Logger, type LogLevel, readable } from '../runtime/logger.ts';

/** The part of a pino logger that is used; pino 9 and 10 fit. */
export interface PinoLogger {
  isLevelEnabled(level: LogLevel): boolean;
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/**
 * Writes through a pino logger of the host. A field `error` is given to pino as `err`, the name its serializers know.
 *
 * @example
 * ```ts
 * import { defaultRuntime } from '@tutti/core';
 * import { pinoLogger } from '@tutti/core/pino';
 * import { pino } from 'pino';
 *
 * const runtime = { ...defaultRuntime, logger: pinoLogger(pino({ level: 'warn' })) };
 * runtime.logger.log('info', 'not written: the level is warn');
 * ```
 */
export function pinoLogger(pino: PinoLogger): Logger {
  return {
    enabled: (level) => pino.isLevelEnabled(level),
    log(level, message, fields) {
      if (pino.isLevelEnabled(level)) pino[level](forPino(fields), message);
    },
  };
}

function forPino({ error, ...rest }: LogFields = {}): object {
  const fields = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, readable(name, value)]));
  return error === undefined ? fields : { ...fields, err: error };
}
