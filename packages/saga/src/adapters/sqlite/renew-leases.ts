import type { Holding } from '../../store/saga-store.ts';
import type { OpenPlace } from './open-place.ts';

/** The order of the join is fixed: by what is held, never by what is kept. */
const renewSql = `UPDATE saga_instances SET owner = ?1, due_at = ?2 WHERE no IN (
    SELECT s.no FROM json_each(?3) held CROSS JOIN saga_instances s
    WHERE s.id = held.value ->> 0 AND s.fence = held.value ->> 1 AND s.owner = ?4)
  RETURNING id, fence`;

/** Gives the ids of those that are lost. */
export async function renewLeases(place: OpenPlace, worker: string, held: readonly Holding[], leaseMs: number): Promise<readonly string[]> {
  if (held.length === 0) return [];
  const now = place.now();
  const [owner, name] = leaseMs === 0 ? [null, 'saga.release'] : [worker, 'saga.renew'];
  const list = JSON.stringify(held.map(({ id, fence }) => [id, fence]));
  const statement = { sql: renewSql, values: [owner, now + Math.ceil(leaseMs), list, worker] };
  const [renewed] = await place.database.write({ name, statements: [statement] });
  const kept = new Set(renewed?.rows.map(({ id, fence }) => `${fence} ${id}`));
  return held.filter(({ id, fence }) => !kept.has(`${fence} ${id}`)).map(({ id }) => id);
}
