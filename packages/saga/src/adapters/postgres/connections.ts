import { coreError, exponential, type Runtime, sleep, TuttiError } from '@tutti/core';
import { Connection } from './connection.ts';
import { openPool, type PostgresPool, type PostgresQuery, type PostgresResult } from './pg-client.ts';
import { asUnavailable, isTransient, problemOf, sqlStateOf, unavailable, within } from './postgres-errors.ts';

export interface ConnectionsOptions {
  readonly store: string;
  readonly url: string | undefined;
  /** The host's, which stays the host's. */
  readonly pool: PostgresPool | undefined;
  readonly maxConnections: number;
  readonly commandMs: number;
  readonly runtime: Runtime;
}

const backoff = exponential({ initial: '20ms', max: '1s', jitter: 0.5 });
const tries = 8;
const closingMs = 2_000;

interface Socketed {
  readonly connection?: { readonly stream?: { destroy(): void } };
}

/** All connections of a store. While the server cannot be reached, most who ask are refused at once instead of trying each for himself. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #clients = new Set<Socketed>();
  readonly #keep = (client: unknown): void => void this.#clients.add(client as Socketed);
  readonly #forget = (client: unknown): void => void this.#clients.delete(client as Socketed);
  /** Of an idle connection, which the pool has closed already. */
  readonly #onError = (): void => {};
  #pool: PostgresPool | undefined;
  #failures = 0;
  #refusedUntil = 0;
  #problem = '';

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  get commandMs(): number {
    return this.#options.commandMs;
  }

  async open(): Promise<void> {
    const { url, pool, maxConnections, commandMs } = this.#options;
    this.#pool =
      pool ??
      (await openPool({
        connectionString: url,
        max: maxConnections,
        connectionTimeoutMillis: commandMs,
        idleTimeoutMillis: 10_000,
        keepAlive: true,
        application_name: 'tutti sagas',
      }));
    this.#pool.on('error', this.#onError);
    if (pool) return;
    this.#pool.on('connect', this.#keep);
    this.#pool.on('remove', this.#forget);
  }

  /** @throws STORE_UNAVAILABLE when there is none within the time of a command. */
  async connect(): Promise<Connection> {
    const { store, runtime, commandMs } = this.#options;
    const { clock, random } = runtime;
    const pool = this.#pool;
    if (!pool) throw coreError('NOT_RUNNING', { component: store, state: 'closed' });
    if (clock.now() < this.#refusedUntil) throw unavailable(store, this.#problem, false);
    const connecting = pool.connect();
    let given = false;
    try {
      const client = await within(clock, commandMs, connecting, () => new Error(`no connection within ${commandMs} ms`));
      given = true;
      this.#failures = 0;
      return new Connection(client, store, runtime, commandMs);
    } catch (error) {
      this.#problem = `no connection: ${problemOf(error)}`;
      this.#refusedUntil = clock.now() + backoff.delayMs(++this.#failures, random);
      throw unavailable(store, this.#problem, false, error);
    } finally {
      // one that comes when nobody waits for it any more
      if (!given) connecting.then((late) => late.release()).catch(() => {});
    }
  }

  /** One statement on any connection. @throws STORE_UNAVAILABLE, whatever is wrong. */
  async ask(query: PostgresQuery): Promise<PostgresResult> {
    return this.#again(async () => {
      const connection = await this.connect();
      try {
        return await connection.ask(query);
      } finally {
        connection.release();
      }
    });
  }

  /**
   * What `work` does in one transaction, which is committed when it says so. It is done again from the start after a deadlock.
   * @param limitMs How long the server lets a statement of it run, or waits for the next one.
   * @throws what `work` throws, after a rollback; STORE_UNAVAILABLE
   */
  async transaction<T>(
    work: (connection: Connection) => Promise<{ readonly commit: boolean; readonly result: T }>,
    limitMs: number = this.#options.commandMs,
  ): Promise<T> {
    const limit = Math.ceil(limitMs);
    // nobody waits for ever for the locks of a process that was stopped in the middle
    const begin = `BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = ${limit}; SET LOCAL idle_in_transaction_session_timeout = ${limit}`;
    return this.#again(async () => {
      const connection = await this.connect();
      try {
        await connection.ask({ text: begin });
        const { commit, result } = await work(connection);
        const { command } = await connection.ask({ text: commit ? 'COMMIT' : 'ROLLBACK' });
        if (commit && command !== 'COMMIT') throw unavailable(this.#options.store, 'the transaction was rolled back', false);
        return result;
      } catch (error) {
        if (!connection.isLost) await connection.ask({ text: 'ROLLBACK' }).catch(() => {}); // then it is lost, and rolled back with that
        throw error;
      } finally {
        connection.release();
      }
    });
  }

  /** Ends those of a pool of our own, also where the other side is mute. */
  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    if (!pool) return;
    if (pool !== this.#options.pool) {
      const ended = pool.end().catch(() => {}); // it was ending already
      await within(this.#options.runtime.clock, closingMs, ended, () => undefined).catch(() => {
        for (const { connection } of this.#clients) connection?.stream?.destroy();
      });
    }
    pool.off('error', this.#onError);
  }

  /** A loser of a deadlock was rolled back whole. */
  async #again<T>(work: () => Promise<T>): Promise<T> {
    const { store, runtime } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        if (TuttiError.is(error)) throw error;
        if (!isTransient(error) || attempt === tries) throw sqlStateOf(error) === undefined ? error : asUnavailable(store, error);
        await sleep(runtime.clock, runtime.random() * 10 * attempt);
      }
    }
  }
}
