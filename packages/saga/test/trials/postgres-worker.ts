import { postgresStore } from '@tutti/saga/postgres';
import { openPool } from '../../src/adapters/postgres/pg-client.ts';
import type { MemberParts } from '../../src/faults/index.ts';

export default async function make({ url, schema = 'tutti' }: { readonly url: string; readonly schema?: string }): Promise<MemberParts> {
  const pool = await openPool({ connectionString: url, max: 1, connectionTimeoutMillis: 5_000 });
  pool.on('error', () => {}); // the server is killed on purpose
  const table = `${schema}.bookings`;
  const query = async (text: string): Promise<readonly Readonly<Record<string, unknown>>[]> => {
    const client = await pool.connect();
    client.on('error', () => {}); // the same while it is lent
    try {
      return (await client.query({ text })).rows as readonly Readonly<Record<string, unknown>>[];
    } finally {
      client.release(true);
    }
  };
  return {
    store: postgresStore({ url, schema }),
    bookings: {
      prepare: async () => void (await query(`CREATE TABLE IF NOT EXISTS ${table} (saga text NOT NULL)`)),
      insert: (saga) => ({ sql: `INSERT INTO ${table} VALUES ($1)`, values: [saga] }),
      remove: (saga) => ({ sql: `DELETE FROM ${table} WHERE saga = $1`, values: [saga] }),
      list: async () => (await query(`SELECT saga FROM ${table}`)).map(({ saga }) => String(saga)),
    },
    dispose: async () => void (await pool.end()),
  };
}
