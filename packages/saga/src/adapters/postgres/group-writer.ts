import { coreError, messageOf, type Runtime, sleep, TuttiError } from '@tutti/core';
import type { PostgresQuery, PostgresResult } from './pg-client.ts';
import { asUnavailable, isAboutData, isTransient, sqlStateOf } from './postgres-errors.ts';
import type { Session } from './session.ts';
import { acceptedOf, type WriteStatements } from './write-statement.ts';
import type { Write } from './writes.ts';

export interface GroupWriterOptions {
  readonly store: string;
  readonly sessions: readonly Session[];
  readonly statements: WriteStatements;
  readonly runtime: Runtime;
}

/** What became of one write, and the server's clock. */
export interface WriteResult {
  readonly accepted: boolean;
  readonly now: number;
}

interface Waiting {
  readonly write: Write;
  resolve(result: WriteResult): void;
  reject(error: unknown): void;
}

interface Errand {
  readonly query: PostgresQuery;
  resolve(result: PostgresResult): void;
  reject(error: unknown): void;
}

const maxWrites = 500;
const maxSize = 4_000_000;
const tries = 8;

/**
 * Group commit: what came while the writes before were on their way goes as one statement, one commit for all. Nothing waits for company: the flush in
 * flight is the window. Writes of one saga follow each other, so each batch has one of them at most.
 */
export class GroupWriter {
  readonly #options: GroupWriterOptions;
  readonly #idle: Session[];
  readonly #errands: Errand[] = [];
  /** Ids of sagas of which a write is on its way. */
  readonly #onTheirWay = new Set<string>();
  readonly #settled: (() => void)[] = [];
  #waiting: Waiting[] = [];
  #scheduled = false;
  /** Of the batch before. */
  #lastSize = 0;
  #closed = false;

  constructor(options: GroupWriterOptions) {
    this.#options = options;
    this.#idle = [...options.sessions];
  }

  write(write: Write): Promise<WriteResult> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(this.#notRunning());
      this.#waiting.push({ write, resolve, reject });
      // who was alone the last time is sent on at once; who comes among others leaves them the time to come too
      if (this.#lastSize === 1 && this.#waiting.length === 1 && this.#isIdle) this.#begin();
      else this.#schedule();
    });
  }

  /** A statement of its own, before the writes that wait, on a connection that plans as theirs do. @throws STORE_UNAVAILABLE */
  run(query: PostgresQuery): Promise<PostgresResult> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(this.#notRunning());
      this.#errands.push({ query, resolve, reject });
      this.#schedule();
    });
  }

  /** Takes nothing more, and resolves when all that was taken is answered. */
  async close(): Promise<void> {
    this.#closed = true;
    if (!this.#isDone()) await new Promise<void>((resolve) => this.#settled.push(resolve));
    for (const session of this.#options.sessions) session.close();
  }

  get #isIdle(): boolean {
    return this.#idle.length === this.#options.sessions.length;
  }

  #isDone(): boolean {
    return this.#isIdle && this.#waiting.length === 0 && this.#errands.length === 0;
  }

  /** Once what runs now has run: whoever was woken by the last answer has the next write by then. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#options.runtime.clock.afterInput(() => {
      this.#scheduled = false;
      this.#begin();
    });
  }

  #begin(): void {
    while (this.#idle.length > 0) {
      const errand = this.#errands.shift();
      const batch = errand ? [] : this.#take();
      if (!errand && batch.length === 0) break;
      const session = this.#idle.pop() as Session;
      if (!errand) this.#lastSize = batch.length;
      const work = errand ? this.#runErrand(session, errand) : this.#flush(session, batch);
      void work.then(() => {
        this.#idle.push(session);
        for (const { write } of batch) this.#onTheirWay.delete(write.id);
        if (batch.length > 1 || !this.#isDone() || this.#closed) this.#schedule();
      });
    }
    if (this.#isDone()) for (const resolve of this.#settled.splice(0)) resolve();
  }

  /** The oldest writes of sagas that have none on its way. */
  #take(): Waiting[] {
    const batch: Waiting[] = [];
    const left: Waiting[] = [];
    let size = 0;
    for (const waiting of this.#waiting) {
      const { id } = waiting.write;
      if (batch.length === maxWrites || size > maxSize || this.#onTheirWay.has(id)) left.push(waiting);
      else {
        this.#onTheirWay.add(id);
        batch.push(waiting);
        size += waiting.write.size;
      }
    }
    this.#waiting = left;
    return batch.sort((one, other) => (one.write.id < other.write.id ? -1 : 1));
  }

  async #runErrand(session: Session, { query, resolve, reject }: Errand): Promise<void> {
    try {
      resolve(await this.#ask(session, query));
    } catch (error) {
      reject(TuttiError.is(error) ? error : asUnavailable(this.#options.store, error));
    }
  }

  /** Never rejects. */
  async #flush(session: Session, batch: readonly Waiting[]): Promise<void> {
    const writes = batch.map(({ write }) => write);
    try {
      const { rows } = await this.#ask(session, this.#options.statements.of(writes));
      const accepted = acceptedOf(writes, rows[0]);
      const now = Number(rows[0]?.['now']);
      for (const { write, resolve } of batch) resolve({ accepted: accepted.has(write.id), now });
    } catch (error) {
      const foreign = !TuttiError.is(error) && (sqlStateOf(error) === undefined || isAboutData(error));
      if (!foreign) {
        const told = TuttiError.is(error) ? error : asUnavailable(this.#options.store, error);
        for (const { reject } of batch) reject(told);
        if (!session.isUp) this.#refuseAll(told);
      } else if (batch.length > 1) {
        // one of them cannot be kept: the others must not suffer
        const half = batch.length >> 1;
        await this.#flush(session, batch.slice(0, half));
        await this.#flush(session, batch.slice(half));
      } else {
        const problem = messageOf(error);
        batch[0]?.reject(
          coreError('INVALID_DATA', { path: `saga ${batch[0].write.id}`, problem: `cannot be kept: ${problem}` }, { cause: error }),
        );
      }
    }
  }

  /** Without a server nothing that waits would fare better: none of it was sent. */
  #refuseAll(error: unknown): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  /** Who loses a deadlock asks again. */
  async #ask(session: Session, query: PostgresQuery): Promise<PostgresResult> {
    const { clock, random } = this.#options.runtime;
    for (let attempt = 1; ; attempt++) {
      try {
        return await session.ask(query);
      } catch (error) {
        if (!isTransient(error) || attempt === tries) throw error;
        await sleep(clock, random() * 10 * attempt);
      }
    }
  }

  #notRunning(): TuttiError {
    return coreError('NOT_RUNNING', { component: this.#options.store, state: 'closed' });
  }
}
