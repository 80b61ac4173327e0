import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { eventually } from '../../src/testing/index.ts';

/** A process that runs one of the scripts beside this file and talks in lines. */
export interface Child {
  readonly pid: number | undefined;
  /** What it has said so far. After the end that is all it ever said, whatever ended it. */
  readonly lines: readonly string[];
  say(line: string): void;
  /** Resolves when it has said so many lines, or has ended. */
  said(count: number): Promise<void>;
  kill(): Promise<void>;
  readonly over: boolean;
  /** Its exit code, null when it was killed; with what it wrote to standard error, which is empty when all is well. */
  readonly ended: Promise<{ readonly code: number | null; readonly errors: string }>;
}

/** @param under A command that is to run it, with its own arguments: `['strace', '-f']`. */
export function startChild(
  script: string,
  args: readonly (string | number)[],
  env: Readonly<Record<string, string>> = {},
  under: readonly string[] = [],
): Child {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const node = [process.execPath, '--conditions=@tutti/source', '--disable-warning=ExperimentalWarning', file, ...args.map(String)];
  const [command = '', ...rest] = [...under, ...node];
  const process_ = spawn(command, rest, { env: { ...process.env, ...env } });
  const lines: string[] = [];
  let errors = '';
  let over = false;
  process_.stderr.on('data', (data) => {
    errors += data;
  });
  const read = once(
    createInterface(process_.stdout).on('line', (line) => lines.push(line)),
    'close',
  );
  const ended = Promise.all([once(process_, 'close'), read]).then(([[code]]) => {
    over = true;
    return { code: code as number | null, errors };
  });
  return {
    pid: process_.pid,
    lines,
    ended,
    get over() {
      return over;
    },
    say: (line) => void process_.stdin.write(`${line}\n`),
    said: (count) => eventually(`${script} said ${count} lines`, () => lines.length >= count || over, 15_000).then(() => undefined),
    async kill() {
      process_.kill('SIGKILL');
      await ended;
    },
  };
}
