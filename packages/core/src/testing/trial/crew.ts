import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * The processes of one role in a trial, each a run of one program with its own argument. A place is never empty: who is killed is followed by
 * another at once.
 */
export class Crew {
  readonly #program: string;
  readonly #args: readonly string[];
  readonly #members: ChildProcess[] = [];
  readonly #ended: Promise<number | null>[] = [];

  /** @param args One for each member. */
  constructor(program: string, args: readonly string[]) {
    this.#program = program;
    this.#args = args;
    for (const index of args.keys()) this.#start(index);
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

  /** In the same way of running sources as this process, conditions of imports included. */
  #start(index: number): void {
    const args = [...process.execArgv, this.#program, this.#args[index] as string];
    const member = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    this.#members[index] = member;
    this.#ended[index] = once(member, 'exit').then(([code]) => code as number | null);
  }
}
