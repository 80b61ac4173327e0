import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@tutti/core/testing';
import { PlatformClient } from '../client/platform-client.ts';

const main = join(import.meta.dirname, '..', 'main.ts');

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the platform's command as a user would, without npm around it. */
export function command(
  args: readonly string[],
  cwd: string = tmpdir(),
): { child: ChildProcess; finished: Promise<Finished>; stderr: () => string } {
  const child = spawn(process.execPath, ['--conditions=@tutti/source', main, ...args], {
    cwd,
    env: { ...process.env, INIT_CWD: cwd },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk) => (stdout += chunk));
  child.stderr?.on('data', (chunk) => (stderr += chunk));
  const finished = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
  return { child, finished, stderr: () => stderr };
}

/** A platform that serves, in a process of its own; stopped at the end of an `await using` block, also when the test fails. */
export class RunningPlatform implements AsyncDisposable {
  readonly data: string;
  readonly #running: ReturnType<typeof command>;

  private constructor(data: string, running: ReturnType<typeof command>) {
    this.data = data;
    this.#running = running;
  }

  static async start(options: { readonly data?: string; readonly args?: readonly string[] } = {}): Promise<RunningPlatform> {
    const data = options.data ?? mkdtempSync(join(tmpdir(), 'tutti-e2e-'));
    const running = command(['--port', '0', '--data', data, '--no-samples', ...(options.args ?? [])]);
    const platform = new RunningPlatform(data, running);
    try {
      await eventually('the gateway listens', () => /Ctrl-C stops/.test(running.stderr()) || failedAlready(running), 45_000);
    } catch (error) {
      await platform.stop(); // it is nobody's otherwise
      throw error;
    }
    return platform;
  }

  get pid(): number {
    return this.#running.child.pid as number;
  }

  get url(): string {
    return /listens on (\S+)\./.exec(this.#running.stderr())?.[1] ?? '';
  }

  /** What `tutti` has to be told in order to reach the inspection API. */
  get inspection(): readonly string[] {
    const [, url = '', file = ''] = /inspect --url (\S+) --token-file (.+)/.exec(this.#running.stderr()) ?? [];
    return ['--url', url, '--token-file', file];
  }

  get client(): PlatformClient {
    return new PlatformClient(this.url, this.token);
  }

  get token(): string {
    return readFileSync(join(this.data, 'authorization'), 'utf8').trim().replace('Authorization: Bearer ', '');
  }

  /** Process ids of everything it started that is still there. */
  get descendants(): readonly number[] {
    return descendantsOf(this.pid);
  }

  /** The process of one service. */
  service(name: string): number | undefined {
    return this.descendants.find((pid) => commandLineOf(pid).includes(`services/${name}/main.ts`));
  }

  kill(signal: NodeJS.Signals): void {
    this.#running.child.kill(signal);
  }

  get finished(): Promise<Finished> {
    return this.#running.finished;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async stop(): Promise<void> {
    if (this.#running.child.exitCode === null) this.kill('SIGTERM');
    await this.finished;
    rmSync(this.data, { recursive: true, force: true });
  }
}

function failedAlready({ child, stderr }: ReturnType<typeof command>): false {
  if (child.exitCode !== null) throw new Error(`the platform ended with ${child.exitCode}: ${stderr()}`);
  return false;
}

const pidsNow = (): readonly number[] => readdirSync('/proc').map(Number).filter(Number.isInteger);

function descendantsOf(root: number): readonly number[] {
  const parents = new Map(pidsNow().map((pid) => [pid, parentOf(pid)]));
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent === root || (parent !== undefined && parent > 1 && isBelow(parent));
  };
  return [...parents.keys()].filter(isBelow);
}

function parentOf(pid: number): number | undefined {
  return statusOf(pid)?.parent;
}

/** Alive, and not a zombie that nobody has collected yet. */
export function isAlive(pid: number): boolean {
  const status = statusOf(pid);
  return status !== undefined && status.state !== 'Z';
}

function statusOf(pid: number): { state: string; parent: number } | undefined {
  try {
    const [state = '', parent] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
