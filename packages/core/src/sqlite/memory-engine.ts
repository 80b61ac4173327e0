import type { Runtime } from '../runtime/runtime.ts';
import { applySets, isRefusal } from './apply-sets.ts';
import { CommitBell } from './commit-bell.ts';
import { Connection } from './connection.ts';
import type { Engine } from './engine.ts';
import { migrateTables } from './migrate-tables.ts';
import { type Refusal, refusalError, refusalOf, writeError } from './refusal.ts';

const path = ':memory:';

/** One connection for everything, in the caller's thread and without a timer, so that it runs on a clock that stands still. */
export function memoryEngine(runtime: Runtime): Engine {
  const bell = new CommitBell(runtime);
  let connection: Connection;
  return {
    async open() {
      connection = new Connection(path, { readOnly: false });
    },
    async close() {
      connection?.close();
    },
    health: () => ({ status: 'healthy' }),
    async write(set) {
      const outcome = refused(() => applySets(connection, [set.statements])[0] ?? []);
      if (isRefusal(outcome)) throw writeError(path, set, outcome);
      bell.ring();
      return outcome;
    },
    async read(sql, values) {
      const rows = refused(() => connection.query(sql, values));
      if (isRefusal(rows)) throw refusalError(path, 'sql', rows);
      return rows;
    },
    async migrate(migration) {
      const outcome = refused(() => migrateTables(connection, migration));
      if (isRefusal(outcome)) throw refusalError(path, 'steps', outcome);
      bell.ring();
    },
    onCommit: (listener) => bell.listen(listener),
  };
}

/** Alone in its transaction, a set fails in the same way whether a statement fails or the whole. */
function refused<T extends object>(work: () => T): T | Refusal {
  try {
    return work();
  } catch (error) {
    return refusalOf(error);
  }
}
