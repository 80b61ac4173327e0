import { checkOptions, coreError, type Durability, type Runtime } from '@tutti/core';
import { PlacedDatabase, type SqlitePlace, sqliteDurability, sqlitePlaceRules } from '@tutti/core/sqlite';
import type { SagaStore } from '../../store/saga-store.ts';
import { claimSagas } from './claim-sagas.ts';
import { createSaga } from './create-saga.ts';
import { sqliteDesk } from './desk.ts';
import type { OpenPlace } from './open-place.ts';
import { sqliteOutbox } from './outbox.ts';
import { renewLeases } from './renew-leases.ts';
import { sagaTables } from './tables.ts';
import { writeCheckpoint } from './write-checkpoint.ts';

/** Either a file, or a database of the caller's. */
export type SqliteStoreOptions = SqlitePlace;

/**
 * Keeps sagas in an SQLite file for the processes of one host. A checkpoint that was acknowledged is on the disk. Leases and times follow
 * the host's wall clock, which all its processes share; if it is set forward, leases end early, and fences keep what is written right.
 * Several orchestrators may share one store: each opens and closes it, and its clock is that of the first.
 *
 * @example
 * ```ts
 * import { sqliteStore } from '@tutti/saga/sqlite';
 *
 * const store = sqliteStore({ path: ':memory:' });
 * ```
 */
export function sqliteStore(options: SqliteStoreOptions): SagaStore {
  const place = new PlacedDatabase('sqliteStore', checkOptions('sqliteStore', options, { optional: sqlitePlaceRules }));
  const name = `sqlite store ${place.path}`;
  let users = 0;
  let opening: Promise<Durability> | undefined;
  let opened: OpenPlace | undefined;

  const open = (): OpenPlace => {
    if (!opened) throw coreError('NOT_RUNNING', { component: name, state: 'closed' });
    return opened;
  };
  async function openPlace(runtime: Runtime): Promise<Durability> {
    try {
      const database = await place.open(runtime);
      await database.migrate('saga.v2', sagaTables);
      const durability = await sqliteDurability(database, 'Sagas');
      opened = { database, now: () => Math.floor(runtime.clock.epoch()) };
      return durability;
    } catch (error) {
      opening = undefined;
      await place.close();
      throw error;
    }
  }
  return {
    name,
    capabilities: { durable: !place.isInMemory, shared: !place.isInMemory, transactional: true },
    async open(runtime) {
      opening ??= openPlace(runtime);
      const durability = await opening;
      users++;
      return durability;
    },
    async close() {
      users = Math.max(0, users - 1);
      if (users > 0 || !opening) return;
      opening = undefined;
      opened = undefined;
      await place.close();
    },
    create: async (saga, given = {}) => createSaga(open(), saga, given),
    claim: async (request) => claimSagas(open(), request),
    checkpoint: async (checkpoint) => writeCheckpoint(open(), checkpoint),
    async renew(worker, held, leaseMs) {
      const lost = await renewLeases(open(), worker, held, leaseMs);
      return { lost, now: open().now() };
    },
    desk: sqliteDesk(open, (listener) => open().database.onCommit(listener)),
    outbox: sqliteOutbox(open),
  };
}
