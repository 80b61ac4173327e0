import { type SqlValue, type Statement, TuttiError } from '@tutti/core';
import { sagaError } from '../../errors.ts';
import { isOver, type NewSaga } from '../../store/saga-record.ts';
import type { Checkpoint, Created, CreateOptions } from '../../store/saga-store.ts';
import { intArray, textArray } from './array-parameter.ts';
import type { Connection } from './connection.ts';
import type { Connections } from './connections.ts';
import { passKey, takeKey } from './keys.ts';
import { isTransient, problemOf, sqlStateOf } from './postgres-errors.ts';
import { now, type TableNames } from './tables.ts';
import { acceptedOf, type WriteStatements } from './write-statement.ts';
import { type Change, changeOf, creationOf, type Write } from './writes.ts';

/** Writes that are more than a row and its journal: with statements of the application, or about a business key. Each is a transaction of its own. */
export class Alone {
  readonly #connections: Connections;
  readonly #tables: TableNames;

  readonly #statements: WriteStatements;

  constructor(connections: Connections, tables: TableNames, statements: WriteStatements) {
    this.#connections = connections;
    this.#tables = tables;
    this.#statements = statements;
  }

  async create(saga: NewSaga, options: CreateOptions): Promise<Created> {
    const { statements = [], whenLocked = 'queue' } = options;
    for (const [index, { sql }] of statements.entries()) refuseControl(saga.id, index, sql);
    return this.#transaction<Created>(saga.id, statements.length, async (connection) => {
      const holder = saga.lockKey === undefined ? saga.id : await takeKey(connection, this.#tables, saga.lockKey, saga.id);
      // a holder of this very id means that the saga is there already, or that it is ours now
      const lockedBy = holder === saga.id ? {} : { lockedBy: holder };
      if ('lockedBy' in lockedBy && whenLocked === 'refuse') {
        const { rows } = await connection.ask({
          text: `SELECT ${now} AS now, EXISTS (SELECT 1 FROM ${this.#tables.sagas} WHERE id = $1) AS taken`,
          values: [saga.id],
        });
        const taken = rows[0]?.['taken'] === true;
        return { commit: false, result: { created: false, ...(!taken && lockedBy), now: Number(rows[0]?.['now']) } };
      }
      const creation = creationOf(saga, options, 'lockedBy' in lockedBy ? 'queued' : 'running');
      const { accepted, now: time } = await this.#write(connection, creation);
      if (!accepted) return { commit: false, result: { created: false, now: time } };
      await this.#execute(connection, saga.id, statements);
      return { commit: true, result: { created: true, ...lockedBy, now: time } };
    });
  }

  /** Gives whether it was accepted. @throws SAGA_TX_CONFLICT, SAGA_TX_REFUSED, STORE_UNAVAILABLE */
  async checkpoint(checkpoint: Checkpoint): Promise<boolean> {
    const { id, status, statements = [] } = checkpoint;
    for (const [index, { sql }] of statements.entries()) refuseControl(id, index, sql);
    const change = changeOf(checkpoint);
    return this.#transaction(id, statements.length, async (connection) => {
      if (statements.length > 0 && (await this.#isWritten(connection, change))) return { commit: false, result: true };
      const { accepted } = await this.#write(connection, change);
      if (!accepted) return { commit: false, result: false };
      await this.#execute(connection, id, statements);
      if (isOver(status)) await passKey(connection, this.#tables, id);
      return { commit: true, result: true };
    });
  }

  /**
   * Statements are executed once, also where the answer to the first time was lost: a checkpoint whose very entries are there was written. Looked at under
   * the lock of the saga, or the same one at the same time would not be seen.
   */
  async #isWritten(connection: Connection, { id, worker, fence, given, entries }: Change): Promise<boolean> {
    const lock = `SELECT given FROM ${this.#tables.sagas} WHERE id = $1 AND fence = $2 AND owner = $3 FOR UPDATE`;
    const [held] = (await connection.ask({ text: lock, values: [id, fence, worker] })).rows;
    if (!held || held['given'] === given) return held !== undefined;
    if (entries.length === 0) return false;
    const { rows } = await connection.ask({
      text: `SELECT count(*)::int AS count FROM ${this.#tables.journal} AS j JOIN unnest($2::int[], $3::text[]) AS e(seq, body) ON j.seq = e.seq AND j.body = e.body
        WHERE j.saga_id = $1`,
      values: [id, intArray(entries.map(({ seq }) => seq)), textArray(entries.map(({ body }) => body))],
    });
    return Number(rows[0]?.['count']) === entries.length;
  }

  async #write(connection: Connection, write: Write): Promise<{ readonly accepted: boolean; readonly now: number }> {
    const { text, values } = this.#statements.of([write], true);
    const { rows } = await connection.ask({ text, ...(values && { values }) }); // not prepared: the connection is not kept
    return { accepted: acceptedOf([write], rows[0]).has(write.id), now: Number(rows[0]?.['now']) };
  }

  async #execute(connection: Connection, id: string, statements: readonly Statement[]): Promise<void> {
    for (const [index, { sql, values, expectedRows }] of statements.entries()) {
      let rows: number;
      try {
        rows = (await connection.ask({ text: sql, values: values.map(parameter) })).rowCount ?? 0;
      } catch (error) {
        throw refusalOf(id, index + 1, error);
      }
      if (expectedRows !== undefined && rows !== expectedRows) throw sagaError('SAGA_TX_CONFLICT', { id, statement: index + 1, rows });
    }
  }

  /** A constraint may be looked at as late as at the end: then it was the last statement that could have kept it. */
  async #transaction<T>(
    id: string,
    statements: number,
    work: (connection: Connection) => Promise<{ readonly commit: boolean; readonly result: T }>,
  ): Promise<T> {
    try {
      return await this.#connections.transaction(work);
    } catch (error) {
      const cause = TuttiError.is(error, 'STORE_UNAVAILABLE') ? error.cause : undefined;
      throw statements > 0 && /^23/.test(sqlStateOf(cause) ?? '') ? refusalOf(id, statements, cause) : error;
    }
  }
}

/** A server out of room, a deadlock or a time that is up says nothing about the statement. */
function refusalOf(id: string, statement: number, error: unknown): unknown {
  const state = sqlStateOf(error);
  if (state === undefined || isTransient(error) || /^(53|57|58|55P03)/.test(state)) return error;
  return sagaError('SAGA_TX_REFUSED', { id, statement, problem: problemOf(error) }, { cause: error });
}

/** The transaction is the store's: one that is ended in between would leave half of a checkpoint. */
function refuseControl(id: string, index: number, sql: string): void {
  const bare = sql.replace(/^(?:\s|;|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/, '');
  if (/^(begin|start|commit|end|rollback|abort|savepoint|release|prepare\s+transaction|set\s+transaction)\b/i.test(bare))
    throw sagaError('SAGA_TX_REFUSED', { id, statement: index + 1, problem: 'it begins or ends a transaction; leave that to the store' });
}

const parameter = (value: SqlValue): unknown => (typeof value === 'bigint' ? String(value) : value);
