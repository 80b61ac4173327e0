export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, unknown>>;

/** Where the kit writes. Implementations never throw and never wait. */
export interface Logger {
  /** Whether a line of this level would be written, for whoever would have to collect its fields first. */
  enabled(level: LogLevel): boolean;
  log(level: LogLevel, message: string, fields?: LogFields): void;
}

/** From the least to the most urgent. */
export const ranks: Readonly<Record<LogLevel, number>> = { debug: 10, info: 20, warn: 30, error: 40 };

/** One JSON object a line on standard error, from `level` upwards. */
export function jsonLogger(level: LogLevel = 'info', write: (line: string) => void = toStandardError): Logger {
  const threshold = ranks[level];
  return {
    enabled: (at) => ranks[at] >= threshold,
    log(at, message, fields) {
      if (ranks[at] >= threshold) write(`${stringify({ time: new Date().toISOString(), level: at, message, ...fields })}\n`);
    },
  };
}

export const silentLogger: Logger = Object.freeze({ enabled: () => false, log: () => {} });

export function toStandardError(line: string): void {
  process.stderr.write(line);
}

/** Errors lose everything in JSON, and a field that refuses to be written must not stop the line. */
function stringify(record: LogFields): string {
  try {
    return JSON.stringify(record, readable);
  } catch (error) {
    return JSON.stringify({ time: record['time'], level: record['level'], message: record['message'], unwritable: String(error) });
  }
}

export function readable(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (!(value instanceof Error)) return value;
  return { ...value, name: value.name, message: value.message, ...(value.cause !== undefined && { cause: value.cause }) };
}
