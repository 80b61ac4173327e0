import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { MemberTask } from './task.ts';

const program = fileURLToPath(import.meta.resolve('@tutti/messaging/faults/member'));

/** The processes of one role. A place is never empty: who is killed is followed by another at once. */
export class Crew {
  readonly #tasks: readonly MemberTask[];
  readonly #members: ChildProcess[] = [];
  readonly #ended: Promise<number | null>[] = [];

  constructor(tasks: readonly MemberTask[]) {
    this.#tasks = tasks;
    for (const [index] of tasks.entries()) this.#start(index);
  }

  get size(): number {
    return this.#members.length;
  }

  pid(index: number): number {
    return this.#members[index]?.pid as number;
  }

  running(index: number): boolean {
    const member = this.#members[index];
    return member?.exitCode === null && member.signalCode === null;
  }

  signal(index: number, name: NodeJS.Signals): void {
    this.#members[index]?.kill(name);
  }

  /** SIGKILL, and a successor. */
  async replace(index: number): Promise<void> {
    this.signal(index, 'SIGKILL');
    await this.#ended[index];
    this.#start(index);
  }

  /** Resolves with the exit codes when all have ended by themselves. */
  ended(): Promise<(number | null)[]> {
    return Promise.all(this.#ended);
  }

  killAll(): void {
    for (const member of this.#members) {
      member.kill('SIGCONT');
      member.kill('SIGKILL');
    }
  }

  #start(index: number): void {
    const args = [...process.execArgv, program, JSON.stringify(this.#tasks[index])];
    const member = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    this.#members[index] = member;
    this.#ended[index] = once(member, 'exit').then(([code]) => code as number | null);
  }
}
