import type { SagaOutbox } from '../../store/saga-outbox.ts';
import { textArray } from './array-parameter.ts';
import type { Connections } from './connections.ts';
import { now, type TableNames } from './tables.ts';

/**
 * Events wait in the order of their positions. Positions are given before commits, so a lower one may come to light later: only rows of transactions older than
 * every running one are looked at, of which no more can come.
 */
export function postgresOutbox(t: TableNames, opened: () => Connections): SagaOutbox {
  /** In the row of the publisher is what he took: he has some as long as any of that is there. */
  const hasSome = `EXISTS (SELECT 1 FROM ${t.outbox} o WHERE o.position = ANY(p.taken))`;
  return {
    async take(worker, leaseMs, max) {
      const { rows } = await opened().ask({
        // whoever waits for the row of the publisher looks at it anew when he has it
        text: `WITH next AS (
            SELECT position, id, body FROM ${t.outbox} WHERE tx < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY position LIMIT $3),
          publisher AS (
            UPDATE ${t.publisher} AS p SET worker = $1, until = ${now} + $2::float8, taken = ARRAY(SELECT position FROM next)
            WHERE p.one = 1 AND EXISTS (SELECT 1 FROM next) AND (p.worker = $1 OR p.until <= ${now} OR NOT ${hasSome})
            RETURNING 1)
          SELECT id, body FROM next WHERE EXISTS (SELECT 1 FROM publisher) ORDER BY position`,
        values: [worker, leaseMs, max],
      });
      return rows.map(({ id, body }) => ({ id: String(id), body: String(body) }));
    },
    async drop(_worker, ids) {
      if (ids.length > 0) await opened().ask({ text: `DELETE FROM ${t.outbox} WHERE id = ANY($1::text[])`, values: [textArray(ids)] });
    },
  };
}
