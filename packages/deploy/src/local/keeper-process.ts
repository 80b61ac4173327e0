import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { ProcessIdentity } from './process-identity.ts';

const keeperFile = (): string => createRequire(import.meta.url).resolve('@tutti/deploy/keeper');

/** The manager's side of the keeper. */
export class KeeperProcess {
  #child: ChildProcess | undefined;

  async open(execArgv: readonly string[]): Promise<void> {
    const child = spawn(process.execPath, [...execArgv, keeperFile()], { detached: true, stdio: ['pipe', 'ignore', 'inherit'], env: {} });
    await once(child, 'spawn');
    child.stdin?.on('error', () => {}); // a keeper that was killed keeps nothing; the children still end by themselves
    child.unref();
    this.#child = child;
  }

  add({ pid, startedAt }: ProcessIdentity): void {
    this.#child?.stdin?.write(`+ ${pid} ${startedAt}\n`);
  }

  remove(pid: number): void {
    this.#child?.stdin?.write(`- ${pid}\n`);
  }

  async close(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    child.stdin?.end();
    await once(child, 'exit');
  }
}
