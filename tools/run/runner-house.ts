import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Waits until its standard output holds these words, and gives what the first group of the pattern found. */
  saying(words: RegExp): Promise<string>;
}

/** Stands for npx, and with it for the registry: notes down what it was asked for, takes a moment, ends as told. */
const npx = `#!/bin/sh
echo "$@" >> "$HOUSE/npx-calls"
case "$*" in *process.execPath*) echo "$HOUSE/bin/fetched-node"; exit ;; esac
sleep "\${INSTALL_SECONDS:-0}"
echo end >> "$HOUSE/npx-calls"
[ -n "$INSTALL_FAILS" ] && echo 'registry says no' && exit 1
mkdir -p "$HOUSE/node_modules"
`;

/** The Node that npx fetches: this one under the name and version of the wanted one. */
const fetchedNode = `#!/bin/sh
[ "$1" = --version ] && echo v24.21.0 && exit
FETCHED=yes exec "${process.execPath}" "$@"
`;

/** The runner in a folder of its own, with tasks for its tests and nothing of the real registry. */
export class RunnerHouse {
  readonly root: string = mkdtempSync(join(tmpdir(), 'tutti-runner-'));

  /** @param tasks the text of a module, one task a property. */
  constructor(tasks: string) {
    cpSync(join(import.meta.dirname, '..', 'run.mjs'), join(this.root, 'tools', 'run.mjs'));
    cpSync(import.meta.dirname, join(this.root, 'tools', 'run'), { recursive: true, filter: (path) => !path.endsWith('.ts') });
    mkdirSync(join(this.root, 'bin'));
    this.write('bin/npx', npx);
    this.write('bin/fetched-node', fetchedNode);
    for (const name of ['npx', 'fetched-node']) chmodSync(join(this.root, 'bin', name), 0o755);
    this.write('tools/run/tasks.mjs', `export const tasks = ${tasks};`);
    this.engines('>=18.0');
    this.write('pnpm-lock.yaml', 'lockfileVersion: 1');
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.root, file), text);
  }

  engines(node: string): void {
    this.write('package.json', JSON.stringify({ packageManager: 'pnpm@1.2.3', engines: { node } }));
  }

  /** The calls of the package manager so far. */
  get installs(): readonly string[] {
    return this.#calls.filter((call) => call.includes(' install '));
  }

  /** Beginnings and ends of installs in their order. */
  get order(): readonly ('begin' | 'end')[] {
    return this.#calls.map((call) => (call.startsWith('end') ? 'end' : 'begin'));
  }

  /** How often a Node was asked for. */
  get fetches(): number {
    return this.#calls.filter((call) => call.includes('-p node@24.21.0')).length;
  }

  get #calls(): readonly string[] {
    const file = join(this.root, 'npx-calls');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  }

  start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
    return this.#spawn(process.execPath, [join(this.root, 'tools', 'run.mjs'), ...args], env);
  }

  /** Starts the runner below a shell that stands for npm. */
  startBelowNpm(args: readonly string[]): Running {
    const command = `"${process.execPath}" "${join(this.root, 'tools', 'run.mjs')}" ${args.join(' ')}; true`;
    return this.#spawn('/bin/sh', ['-c', command], { npm_lifecycle_event: 'start' });
  }

  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended> {
    return this.start(args, env).ended;
  }

  leave(): void {
    rmSync(this.root, { recursive: true });
  }

  #spawn(file: string, args: readonly string[], env: Readonly<Record<string, string>>): Running {
    const child = spawn(file, args, {
      cwd: tmpdir(),
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: `${join(this.root, 'bin')}${delimiter}${process.env['PATH']}`, HOUSE: this.root, ...env },
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
    const saying = async (words: RegExp): Promise<string> => {
      await until(() => words.test(stdout), `it says ${words}`);
      return words.exec(stdout)?.[1] ?? '';
    };
    return { child, ended, saying };
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export async function until(holds: () => boolean, what: string): Promise<void> {
  const endsAt = performance.now() + 15_000;
  while (!holds()) {
    if (performance.now() > endsAt) throw new Error(`still not so after 15 s: ${what}`);
    await pause(25);
  }
}
