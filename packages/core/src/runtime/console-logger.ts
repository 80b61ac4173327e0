import { checkOptions } from '../options/check-options.ts';
import { callable, flag, oneOf } from '../options/rules.ts';
import { type LogFields, type Logger, type LogLevel, ranks, toStandardError } from './logger.ts';

export interface ConsoleLoggerOptions {
  /** @defaultValue 'info' */
  readonly level?: LogLevel;
  /** @defaultValue whether standard error is a terminal that shows colours */
  readonly colours?: boolean;
  readonly write?: (line: string) => void;
}

export const consoleLoggerDefaults = { level: 'info' } as const;

const styles = { debug: 'dim', info: 'green', warn: 'yellow', error: 'red' } as const;

/** Lines for people: time of day, level, message, and the fields as `name=value`. Errors are shown with their stack below. */
export function consoleLogger(options: ConsoleLoggerOptions = {}): Logger {
  const {
    level,
    colours = process.stderr.isTTY === true && process.stderr.hasColors(),
    write = toStandardError,
  } = checkOptions(
    'consoleLogger',
    options,
    { optional: { level: oneOf('debug', 'info', 'warn', 'error'), colours: flag, write: callable } },
    consoleLoggerDefaults,
  );
  const threshold = ranks[level];
  // taken when it is wanted: importing it would cost everybody who imports core
  const { inspect, styleText } = process.getBuiltinModule('node:util');
  const shown = (text: string, style: 'dim' | 'green' | 'yellow' | 'red'): string =>
    colours ? styleText(style, text, { validateStream: false }) : text;
  return {
    enabled: (at) => ranks[at] >= threshold,
    log(at, message, fields = {}) {
      if (ranks[at] < threshold) return;
      const { words, errors } = split(fields, inspect);
      const time = new Date().toISOString().slice(11, 23);
      const line = [shown(time, 'dim'), shown(at.padEnd(5), styles[at]), message, shown(words, 'dim')].filter(Boolean).join(' ');
      write(`${line}\n${errors}`);
    },
  };
}

function split(fields: LogFields, inspect: typeof import('node:util').inspect): { readonly words: string; readonly errors: string } {
  let words = '';
  let errors = '';
  for (const [name, value] of Object.entries(fields)) {
    if (value instanceof Error) errors += `${inspect(value, { depth: 4 }).replace(/^/gm, '  ')}\n`;
    else
      words += `${words && ' '}${name}=${typeof value === 'string' && /^\S+$/.test(value) ? value : inspect(value, { breakLength: Infinity, depth: 3 })}`;
  }
  return { words, errors };
}
