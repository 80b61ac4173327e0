import type { Endpoint } from '@tutti/core';
import type { Row, SqliteDatabase } from '@tutti/core/sqlite';
import type { RegistryChange } from '../backend/discovery-backend.ts';
import { endpointRef } from '../backend/endpoint-ref.ts';
import { changedQuery, endpointOf, endpointsQuery } from './sqlite-statements.ts';

interface Watch {
  readonly serviceName: string;
  readonly listener: (change: RegistryChange) => void;
  /** What the listener was told; undefined before the snapshot. */
  known: ReadonlyMap<string, Endpoint> | undefined;
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
      const rows = await database.read(endpointsQuery, [serviceName]);
      for (const watch of due) if (watch.serviceName === serviceName) this.#tell(watch, rows);
    }
  }

  #tell(watch: Watch, rows: readonly Row[]): void {
    if (!this.#watches.has(watch)) return;
    const before = watch.known;
    const now = new Map<string, Endpoint>();
    for (const row of rows) {
      const instance = String(row['instance']);
      const known = before?.get(instance);
      now.set(instance, known && isSame(known, row) ? known : endpointOf(row));
    }
    watch.known = now;
    if (before) for (const change of difference(before, now)) watch.listener(change);
    else watch.listener({ kind: 'snapshot', endpoints: [...now.values()] });
  }
}

/** A life changes in nothing but its state. */
function isSame(known: Endpoint, row: Row): boolean {
  return known.incarnation === row['incarnation'] && known.state === row['state'];
}

function* difference(before: ReadonlyMap<string, Endpoint>, now: ReadonlyMap<string, Endpoint>): Generator<RegistryChange> {
  for (const [instance, endpoint] of before) if (!now.has(instance)) yield { kind: 'remove', endpoint: endpointRef(endpoint) };
  for (const [instance, endpoint] of now) if (before.get(instance) !== endpoint) yield { kind: 'upsert', endpoint };
}
