import type { Row, SqliteDatabase } from '@tutti/core/sqlite';
import type { RegistryChange } from '../backend/discovery-backend.ts';
import { type EndpointRecord, isRecordOf, recordOf } from './sqlite-record.ts';
import { changedQuery, endpointsQuery, farewellsQuery } from './sqlite-statements.ts';

interface Watch {
  readonly serviceName: string;
  readonly listener: (change: RegistryChange) => void;
  /** What the listener was told; undefined before the snapshot. */
  known: ReadonlyMap<string, EndpointRecord> | undefined;
  readonly end: (error?: unknown) => void;
}

/**
 * Turns what is in the tables into what watches are told: reads the services whose revision has risen and says the
 * difference, so that a change that was missed is made up for by the next look.
 */
export class SqliteWatches {
  readonly #watches = new Set<Watch>();
  #revision = 0;

  get size(): number {
    return this.#watches.size;
  }

  /** Resolves when `signal` is aborted or `endAll` called, and rejects with what `endAll` is given. */
  async add(serviceName: string, listener: (change: RegistryChange) => void, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const watch: Watch = { serviceName, listener, known: undefined, end: (error) => (error === undefined ? resolve() : reject(error)) };
    const onAbort = (): void => watch.end();
    signal.addEventListener('abort', onAbort, { once: true });
    this.#watches.add(watch);
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#watches.delete(watch);
    }
  }

  endAll(error?: unknown): void {
    for (const watch of this.#watches) watch.end(error);
    this.#watches.clear();
  }

  /** Never two at once: what was read later must be told later. */
  async look(database: SqliteDatabase): Promise<void> {
    const changed = new Set<string>();
    for (const row of await database.read(changedQuery, [this.#revision])) {
      changed.add(String(row['service']));
      this.#revision = Number(row['revision']);
    }
    const due = [...this.#watches].filter(({ known, serviceName }) => known === undefined || changed.has(serviceName));
    for (const serviceName of new Set(due.map((watch) => watch.serviceName))) {
      const rows = await database.read(endpointsQuery, [serviceName]); // before the farewells: who is missing here has said his
      const left = new Set((await database.read(farewellsQuery, [serviceName])).map((row) => String(row['incarnation'])));
      for (const watch of due) if (watch.serviceName === serviceName) this.#tell(watch, rows, left);
    }
  }

  #tell(watch: Watch, rows: readonly Row[], left: ReadonlySet<string>): void {
    if (!this.#watches.has(watch)) return;
    const before = watch.known;
    const now = new Map<string, EndpointRecord>();
    for (const row of rows) {
      const instance = String(row['instance']);
      const known = before?.get(instance);
      now.set(instance, known && isRecordOf(known, row) ? known : recordOf(watch.serviceName, row));
    }
    watch.known = now;
    for (const change of before ? difference(watch.serviceName, before, now, left) : beginning(now)) watch.listener(change);
  }
}

type Records = ReadonlyMap<string, EndpointRecord>;

function* beginning(now: Records): Generator<RegistryChange> {
  yield { kind: 'snapshot', endpoints: [...now.values()].flatMap(({ told }) => (told.kind === 'upsert' ? [told.endpoint] : [])) };
  for (const { told } of now.values()) if (told.kind === 'malformed') yield told;
}

function* difference(serviceName: string, before: Records, now: Records, left: ReadonlySet<string>): Generator<RegistryChange> {
  for (const [instanceId, { incarnation }] of before)
    if (!now.has(instanceId))
      yield { kind: 'remove', endpoint: { serviceName, instanceId, incarnation }, ...(left.has(incarnation) && { farewell: true }) };
  for (const [instanceId, record] of now) if (before.get(instanceId) !== record) yield record.told;
}
