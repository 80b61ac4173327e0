import type { SagaOutbox, StoredEvent } from '../../store/saga-outbox.ts';
import type { OpenPlace } from './open-place.ts';

const lookSql = 'SELECT (SELECT min(seq) FROM saga_outbox) AS first, worker, until, up_to FROM saga_publisher';
/** Nobody else's events that were not dropped yet, unless his time is up. */
const takeSql = `UPDATE saga_publisher
  SET worker = ?1, until = ?2, up_to = coalesce((SELECT max(seq) FROM (SELECT seq FROM saga_outbox ORDER BY seq LIMIT ?3)), 0)
  WHERE worker = ?1 OR until <= ?4 OR NOT EXISTS (SELECT 1 FROM saga_outbox WHERE seq <= up_to) RETURNING up_to`;
const readSql = 'SELECT id, body FROM saga_outbox WHERE seq <= ? ORDER BY seq LIMIT ?';
const dropSql = 'DELETE FROM saga_outbox WHERE id IN (SELECT value FROM json_each(?))';

/** Events in the order of the commits that wrote them. One row says who publishes, and how far; an empty outbox costs a read. */
export function sqliteOutbox(open: () => OpenPlace): SagaOutbox {
  return {
    async take(worker, leaseMs, max): Promise<readonly StoredEvent[]> {
      const { database, now: clock } = open();
      const now = clock();
      const [state] = await database.read(lookSql);
      if (!state || state['first'] === null) return [];
      const others = state['worker'] !== worker && Number(state['until']) > now && Number(state['first']) <= Number(state['up_to']);
      if (others) return [];
      const statement = { sql: takeSql, values: [worker, now + Math.ceil(leaseMs), max, now] };
      const [taken] = await database.write({ name: 'saga.outbox-take', statements: [statement] });
      const upTo = taken?.rows[0]?.['up_to'];
      if (upTo === undefined) return [];
      const rows = await database.read(readSql, [upTo, max]);
      return rows.map(({ id, body }) => ({ id: String(id), body: String(body) }));
    },
    async drop(_worker, ids) {
      if (ids.length === 0) return;
      await open().database.write({ name: 'saga.outbox-drop', statements: [{ sql: dropSql, values: [JSON.stringify(ids)] }] });
    },
  };
}
