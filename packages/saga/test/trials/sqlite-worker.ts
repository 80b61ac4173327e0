import { sqliteDatabase } from '@tutti/core/sqlite';
import { sqliteStore } from '@tutti/saga/sqlite';
import type { MemberParts } from '../../src/faults/index.ts';

export default function make({ path }: { readonly path: string }): MemberParts {
  const database = sqliteDatabase({ path });
  const store = sqliteStore({ database });
  return {
    store: {
      ...store,
      async open(runtime) {
        await database.start();
        return store.open(runtime);
      },
    },
    bookings: {
      prepare: () => database.migrate('trial', ['CREATE TABLE bookings (saga TEXT NOT NULL)']),
      insert: (saga) => ({ sql: 'INSERT INTO bookings VALUES (?)', values: [saga] }),
      remove: (saga) => ({ sql: 'DELETE FROM bookings WHERE saga = ?', values: [saga] }),
      list: async () => (await database.read('SELECT saga FROM bookings')).map(({ saga }) => String(saga)),
    },
    dispose: () => database.stop(),
  };
}
