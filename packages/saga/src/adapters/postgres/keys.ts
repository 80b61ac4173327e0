import type { Connection } from './connection.ts';
import { now, type TableNames } from './tables.ts';

/**
 * Takes a business key for a saga, or names who has it. Whoever comes for the same key waits until this transaction has ended, so places in the line are given
 * one after the other.
 */
export async function takeKey(connection: Connection, t: TableNames, key: string, id: string): Promise<string> {
  const text = `INSERT INTO ${t.locks} AS l (key, holder) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET holder = l.holder RETURNING holder`;
  const { rows } = await connection.ask({ text, values: [key, id] });
  return String(rows[0]?.['holder']);
}

/**
 * A saga is over: its business key, if it has one and holds it, goes to the first of the line. The line is looked at under the lock of the key, by a statement of its
 * own, so nobody who joined it is overlooked.
 */
export async function passKey(connection: Connection, t: TableNames, id: string): Promise<void> {
  const held = `SELECT l.key FROM ${t.locks} l JOIN ${t.sagas} s ON s.lock_key = l.key WHERE s.id = $1 AND l.holder = $1 FOR UPDATE OF l`;
  const key = (await connection.ask({ text: held, values: [id] })).rows[0]?.['key'];
  if (key === undefined) return;
  const first = `UPDATE ${t.sagas} SET status = 'running', line_no = NULL, due_at = ${now}
    WHERE id = (SELECT id FROM ${t.sagas} WHERE lock_key = $1 AND line_no IS NOT NULL ORDER BY line_no LIMIT 1 FOR UPDATE) AND line_no IS NOT NULL
    RETURNING id`;
  const next = (await connection.ask({ text: first, values: [key] })).rows[0]?.['id'];
  if (next === undefined) await connection.ask({ text: `DELETE FROM ${t.locks} WHERE key = $1`, values: [key] });
  else await connection.ask({ text: `UPDATE ${t.locks} SET holder = $2 WHERE key = $1`, values: [key, next] });
}
