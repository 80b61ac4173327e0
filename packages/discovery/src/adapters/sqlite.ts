import {
  checkOptions,
  coreError,
  type Duration,
  defaultRuntime,
  duration,
  durationMs,
  type Endpoint,
  type EndpointRef,
  objectWith,
  type Repeating,
  type Runtime,
  repeat,
  text,
} from '@tutti/core';
import { type SqliteDatabase, type StatementResult, sqliteDatabase } from '@tutti/core/sqlite';
import type { DiscoveryBackend, DiscoveryCapabilities, LifeState, RegistryChange } from '../backend/discovery-backend.ts';
import { dueQuery, dueValues, expireSet, markSet, putSet, removeSet, renewSet, tables, tablesOwner } from './sqlite-statements.ts';
import { SqliteWatches } from './sqlite-watches.ts';

/** Where the registry is: a file, which the backend opens and closes, or a database that somebody else runs. */
export type SqliteBackendOptions = ({ readonly path: string } | { readonly database: SqliteDatabase }) & {
  /** How often leases that have ended are looked for. @defaultValue '1s' */
  readonly sweepInterval?: Duration;
  /** Leases are measured by its wall clock, which all processes of one host share. */
  readonly runtime?: Runtime;
};

export const sqliteBackendDefaults = { sweepInterval: '1s' } as const;

/** Endpoints in an SQLite file, for the processes of one host. */
export function sqliteBackend(options: SqliteBackendOptions): DiscoveryBackend {
  return new SqliteBackend(options);
}

class SqliteBackend implements DiscoveryBackend {
  readonly name = 'sqlite';
  readonly capabilities: DiscoveryCapabilities = { registers: true };
  readonly #runtime: Runtime;
  readonly #database: SqliteDatabase;
  /** Whether the database is opened and closed here. */
  readonly #owned: boolean;
  readonly #sweepMs: number;
  readonly #watches = new SqliteWatches();
  #opening: Promise<void> | undefined;
  #loop: Repeating | undefined;
  #unlisten: () => void = () => {};
  #closed = false;

  constructor(options: SqliteBackendOptions) {
    const place =
      'path' in options ? { path: text } : { database: objectWith('an SqliteDatabase', 'write', 'read', 'migrate', 'onCommit') };
    const {
      path,
      database,
      sweepInterval,
      runtime = defaultRuntime,
    } = checkOptions<CheckedOptions, typeof sqliteBackendDefaults>(
      'sqliteBackend',
      options,
      { required: place, optional: { sweepInterval: duration, runtime: objectWith('a Runtime', 'clock') } },
      sqliteBackendDefaults,
    );
    this.#runtime = runtime;
    this.#owned = database === undefined;
    this.#database = database ?? sqliteDatabase({ path: path ?? '', runtime });
    this.#sweepMs = durationMs(sweepInterval);
  }

  async put(endpoint: Endpoint, ttlMs: number): Promise<void> {
    await this.#opened();
    await this.#database.write(putSet(endpoint, ttlMs, this.#runtime.clock.epoch()));
  }

  async renew(lives: readonly EndpointRef[], ttlMs: number): Promise<readonly LifeState[]> {
    await this.#opened();
    if (lives.length === 0) return [];
    const results = await this.#database.write(renewSet(lives, ttlMs, this.#runtime.clock.epoch()));
    return lives.map((life, index) => stateOf(life, results[index]));
  }

  async mark(life: EndpointRef, state: Endpoint['state']): Promise<LifeState> {
    await this.#opened();
    const [marked] = await this.#database.write(markSet(life, state));
    return stateOf(life, marked);
  }

  async remove(life: EndpointRef): Promise<void> {
    await this.#opened();
    await this.#database.write(removeSet(life, this.#runtime.clock.epoch()));
  }

  async watch(serviceName: string, listener: (change: RegistryChange) => void, signal: AbortSignal): Promise<void> {
    await this.#opened();
    if (signal.aborted) return;
    const watching = this.#watches.add(serviceName, listener, signal);
    this.#loop?.trigger();
    await watching;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#opening?.catch(() => undefined); // whoever waited for it has been told
    this.#unlisten();
    this.#watches.endAll();
    await this.#loop?.stop();
    if (this.#owned) await this.#database.stop();
  }

  async #opened(): Promise<void> {
    if (this.#closed) throw coreError('NOT_RUNNING', { component: 'the sqlite backend', state: 'closed' });
    this.#opening ??= this.#open();
    try {
      await this.#opening;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  async #open(): Promise<void> {
    if (this.#owned) await this.#database.start();
    await this.#database.migrate(tablesOwner, tables);
    const loop = repeat(this.#runtime, { name: 'watching the sqlite registry', intervalMs: this.#sweepMs, jitter: 0.1 }, () =>
      this.#turn(),
    );
    this.#loop = loop;
    this.#unlisten = this.#database.onCommit(() => loop.trigger());
  }

  async #turn(): Promise<void> {
    try {
      await this.#sweep();
      await this.#watches.look(this.#database);
    } catch (error) {
      if (this.#watches.size === 0) throw error;
      this.#watches.endAll(error);
    }
  }

  /** Every process sweeps, so that whichever of them lives on does; to sweep what another has swept changes nothing. */
  async #sweep(): Promise<void> {
    const now = this.#runtime.clock.epoch();
    const due = await this.#database.read(dueQuery, dueValues(now));
    if (due.length === 0) return;
    const services = due.map((row) => String(row['service']));
    await this.#database.write(expireSet(services, now));
  }
}

interface CheckedOptions {
  readonly path?: string;
  readonly database?: SqliteDatabase;
  readonly sweepInterval?: Duration;
  readonly runtime?: Runtime;
}

function stateOf(life: EndpointRef, result: StatementResult | undefined): LifeState {
  const row = result?.rows[0];
  if (!row) return 'gone';
  return row['incarnation'] === life.incarnation ? (row['state'] as LifeState) : 'replaced';
}
