import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deployError } from '../errors.ts';
import { identityOf, isAlive, type ProcessIdentity } from './process-identity.ts';

/**
 * What survives the manager: who it is, and which processes it started. Written synchronously, because the next
 * instruction may be the one that never runs.
 */
export class ProcessFolder {
  readonly #path: string;
  #processes: ProcessIdentity[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Takes the folder and returns what a dead manager left running.
   * @throws DEPLOY_FOLDER_IN_USE
   */
  take(): readonly ProcessIdentity[] {
    mkdirSync(this.#path, { recursive: true });
    const own = identityOf(process.pid) as ProcessIdentity;
    for (;;) {
      try {
        writeFileSync(this.#lock, JSON.stringify(own), { flag: 'wx' });
        break;
      } catch (error) {
        const holder = this.#read<ProcessIdentity>(this.#lock);
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
        if (holder && isAlive(holder)) throw deployError('DEPLOY_FOLDER_IN_USE', { path: this.#path, pid: holder.pid }, { cause: error });
        rmSync(this.#lock, { force: true });
      }
    }
    return (this.#read<ProcessIdentity[]>(this.#list) ?? []).filter(isAlive);
  }

  add(process: ProcessIdentity): void {
    this.#write([...this.#processes, process]);
  }

  remove(pid: number): void {
    this.#write(this.#processes.filter((process) => process.pid !== pid));
  }

  giveBack(): void {
    rmSync(this.#list, { force: true });
    rmSync(this.#lock, { force: true });
  }

  get #lock(): string {
    return join(this.#path, 'manager.json');
  }

  get #list(): string {
    return join(this.#path, 'processes.json');
  }

  #write(processes: ProcessIdentity[]): void {
    this.#processes = processes;
    writeFileSync(`${this.#list}.new`, JSON.stringify(processes));
    renameSync(`${this.#list}.new`, this.#list);
  }

  #read<T>(path: string): T | undefined {
    try {
      return JSON.parse(readFileSync(path, 'utf8')) as T;
    } catch {
      return undefined; // not there, or cut short by the crash that left it: as good as empty
    }
  }
}
