import { coreError } from '../errors/core-errors.ts';
import { TuttiError } from '../errors/tutti-error.ts';
import type { SqlValue } from '../ports/write-set.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { Connection } from './connection.ts';
import type { Row } from './database.ts';
import { refusalError, refusalOf } from './refusal.ts';
import { whenFree } from './when-free.ts';

/** The connection that reads. Opened on first use, when the writer has made the file. */
export class Reader {
  readonly #path: string;
  readonly #busyTimeoutMs: number;
  readonly #runtime: Runtime;
  #connection: Connection | undefined;
  #closed = false;

  constructor(path: string, busyTimeoutMs: number, runtime: Runtime) {
    this.#path = path;
    this.#busyTimeoutMs = busyTimeoutMs;
    this.#runtime = runtime;
  }

  async read(sql: string, values: readonly SqlValue[]): Promise<readonly Row[]> {
    try {
      return await whenFree(this.#runtime, this.#busyTimeoutMs, () => this.#open().query(sql, values));
    } catch (error) {
      if (TuttiError.is(error, 'NOT_RUNNING')) throw error;
      throw refusalError(this.#path, 'read', refusalOf(error));
    }
  }

  /** A number that changes with every commit of another connection, the writer's included; -1 while the file cannot be asked. */
  dataVersion(): number {
    try {
      return Number(this.#open().query('PRAGMA data_version')[0]?.['data_version']);
    } catch {
      return -1; // Who reads or writes is told why. For who waits, a change to -1 and back is two changes, so no commit is missed.
    }
  }

  close(): void {
    this.#closed = true;
    this.#connection?.close();
  }

  #open(): Connection {
    if (this.#closed) throw coreError('NOT_RUNNING', { component: this.#path, state: 'stopping' });
    this.#connection ??= new Connection(this.#path, { readOnly: true });
    return this.#connection;
  }
}
