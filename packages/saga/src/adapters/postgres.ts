import { coreError, newId, type Runtime, TuttiError } from '@tutti/core';
import { sagaError } from '../errors.ts';
import { isOver, isParked } from '../store/saga-record.ts';
import type { Checkpoint, SagaStore } from '../store/saga-store.ts';
import { Alone } from './postgres/alone.ts';
import { Bell } from './postgres/bell.ts';
import { Claims } from './postgres/claims.ts';
import { Connections } from './postgres/connections.ts';
import { postgresDesk } from './postgres/desk.ts';
import { postgresDurability } from './postgres/durability.ts';
import { GroupWriter } from './postgres/group-writer.ts';
import { migrate } from './postgres/migrate.ts';
import { type PostgresStoreOptions, resolvePostgresOptions } from './postgres/options.ts';
import { postgresOutbox } from './postgres/outbox.ts';
import { problemOf, sqlStateOf } from './postgres/postgres-errors.ts';
import { Session } from './postgres/session.ts';
import { tableNames } from './postgres/tables.ts';
import { WriteStatements } from './postgres/write-statement.ts';
import { type Change, changeOf, creationOf } from './postgres/writes.ts';

export { type PostgresStoreOptions, postgresStoreDefaults } from './postgres/options.ts';
export type { PostgresClient, PostgresPool, PostgresQuery, PostgresResult } from './postgres/pg-client.ts';

/** Writers at once: while one waits for the disk, the other's batch is worked on. */
const writers = 2;

interface Open {
  readonly connections: Connections;
  readonly writer: GroupWriter;
  readonly alone: Alone;
  readonly claims: Claims;
  readonly bell: Bell;
}

/**
 * Sagas in a PostgreSQL database (13 or later), for any number of workers on any number of hosts. Checkpoints that come at the same time share a commit; each is accepted or refused
 * for itself, by the row of its saga. Statements of a step are executed in the transaction of its checkpoint. Leases and times follow the clock of the server.
 *
 * What an acknowledgement is worth is up to the settings of the server: `open` says it in words.
 *
 * @example
 * ```ts
 * import { SagaOrchestrator } from '@tutti/saga';
 * import { postgresStore } from '@tutti/saga/postgres';
 *
 * const sagas = new SagaOrchestrator({ store: postgresStore({ url: 'postgres://app@127.0.0.1/app' }), sagas: [] });
 * await sagas.start();
 * await sagas.stop();
 * ```
 */
export function postgresStore(options: PostgresStoreOptions): SagaStore {
  const settings = resolvePostgresOptions(options);
  const tables = tableNames(settings.schema);
  const name = `postgres store ${settings.schema} on ${settings.place}`;
  const listeners = new Set<() => void>();
  /** Sagas that are known to have a business key: their end goes the longer way at once. */
  const keyed = new Set<string>();
  let open: Open | undefined;

  const opened = (): Open => {
    if (!open) throw coreError('NOT_RUNNING', { component: name, state: 'closed' });
    return open;
  };
  const fenced = ({ id, fence }: Checkpoint): Error => sagaError('SAGA_FENCED', { id, fence });

  /** Refused among others: because another has the saga, because it was written before, or because it ends a saga that has a key. */
  async function secondLook(checkpoint: Checkpoint): Promise<void> {
    const { connections, alone } = opened();
    const text = `SELECT owner, fence, given, lock_key IS NOT NULL AS keyed FROM ${tables.sagas} WHERE id = $1`;
    const [row] = (await connections.ask({ text, values: [checkpoint.id] })).rows;
    if (!row || Number(row['fence']) !== checkpoint.fence) throw fenced(checkpoint);
    if (row['owner'] === null && row['given'] !== null && row['given'] === changeOf(checkpoint).given) return;
    if (row['owner'] !== checkpoint.worker || row['keyed'] !== true) throw fenced(checkpoint);
    keyed.add(checkpoint.id);
    if (!(await alone.checkpoint(checkpoint))) throw fenced(checkpoint);
  }

  return {
    name,
    capabilities: { durable: true, shared: true, transactional: true },
    outbox: postgresOutbox(tables, () => opened().connections),
    desk: {
      ...postgresDesk(tables, () => ({ connections: opened().connections, ring: () => opened().bell.ring() })),
      watch(listener) {
        const own = (): void => listener();
        listeners.add(own);
        return () => listeners.delete(own);
      },
    },
    async open(runtime: Runtime) {
      const { url, pool, maxConnections, commandMs, schema } = settings;
      const connections = new Connections({ store: name, url, pool, maxConnections, commandMs, runtime });
      await connections.open();
      try {
        const durability = await postgresDurability(connections, name);
        await migrate(connections, tables, name);
        const sessions = Array.from({ length: writers }, () => new Session(connections, writerSettings(commandMs)));
        const statements = new WriteStatements(tables);
        const writer = new GroupWriter({ store: name, sessions, statements, runtime });
        const bell = new Bell({ connections, runtime, channel: `tutti_sagas_${schema}`, self: newId(runtime), listeners });
        await bell.begin();
        open = {
          connections,
          writer,
          alone: new Alone(connections, tables, statements),
          claims: new Claims(connections, writer, tables),
          bell,
        };
        return durability;
      } catch (error) {
        await connections.close();
        throw unsupportedOr(name, error);
      }
    },
    async close() {
      const closing = open;
      open = undefined;
      if (!closing) return;
      await closing.writer.close();
      await closing.bell.end();
      await closing.connections.close();
    },
    async create(saga, given = {}) {
      const { writer, alone, bell } = opened();
      const { lockKey, id } = saga;
      checkText({ id, saga: saga.saga, fingerprint: saga.fingerprint, input: saga.input, lockKey });
      const apart = lockKey !== undefined || (given.statements ?? []).length > 0;
      const result = apart ? await alone.create(saga, given) : undefined;
      const { accepted, now } = result
        ? { accepted: result.created, now: result.now }
        : await writer.write(creationOf(saga, given, 'running'));
      if (accepted && lockKey !== undefined && given.hold) keyed.add(id);
      if (accepted && !given.hold) bell.ring();
      return result ?? { created: accepted, now };
    },
    async claim(request) {
      const claimed = await opened().claims.claim(request);
      for (const { id, lockKey } of claimed.sagas) if (lockKey !== undefined) keyed.add(id);
      return claimed;
    },
    async checkpoint(checkpoint) {
      const { writer, alone, bell } = opened();
      const { id, status, dueAt, statements = [] } = checkpoint;
      const apart = statements.length > 0 || (isOver(status) && keyed.has(id));
      const accepted = apart ? await alone.checkpoint(checkpoint) : await written(writer, changeOf(checkpoint));
      if (!accepted) await secondLook(checkpoint);
      if (isOver(status)) keyed.delete(id);
      if (dueAt !== undefined || isOver(status) || isParked(status)) bell.ring();
    },
    async renew(worker, held, leaseMs) {
      const { claims, bell } = opened();
      const renewed = await claims.renew(worker, held, leaseMs);
      for (const id of leaseMs === 0 ? held.map((each) => each.id) : renewed.lost) keyed.delete(id);
      if (leaseMs === 0 && renewed.lost.length < held.length) bell.ring();
      return renewed;
    },
  };
}

/** Whether it was accepted; one that was thought to leave the row of its saga as it is, and does not, is written whole. */
async function written(writer: GroupWriter, change: Change): Promise<boolean> {
  const { accepted } = await writer.write(change);
  return accepted || (change.adds && (await writer.write({ ...change, adds: false })).accepted);
}

/** A right that is missing, or a name that is taken by something else, is there tomorrow too. */
function unsupportedOr(store: string, error: unknown): unknown {
  const cause = TuttiError.is(error, 'STORE_UNAVAILABLE') ? error.cause : undefined;
  return /^42/.test(sqlStateOf(cause) ?? '') ? coreError('STORE_UNSUPPORTED', { store, problem: problemOf(cause) }, { cause }) : error;
}

/** The plan of a batch must not depend on how full the tables were when it was made: rows are looked up one by one, in the order of the batch. */
const writerSettings = (commandMs: number): string => {
  const off = ['seqscan', 'hashjoin', 'mergejoin', 'material', 'bitmapscan'].map((method) => `SET enable_${method} = off`);
  const others = ['jit = off', 'plan_cache_mode = force_generic_plan', `statement_timeout = ${Math.ceil(commandMs)}`];
  const isolation = `default_transaction_isolation = 'read committed'`;
  return [...off, ...[...others, isolation].map((setting) => `SET ${setting}`)].join('; ');
};

/** The server keeps no zero byte in a text, and half of a pair of surrogates would come back as another character. */
function checkText(texts: Readonly<Record<string, string | undefined>>): void {
  for (const [what, text] of Object.entries(texts))
    if (text !== undefined && (text.includes('\0') || !text.isWellFormed()))
      throw sagaError('SAGA_PAYLOAD_REFUSED', {
        what: `the ${what} of the saga`,
        problem: 'has a character that PostgreSQL does not keep',
      });
}
