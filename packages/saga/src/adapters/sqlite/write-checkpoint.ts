import type { SqlValue, Statement } from '@tutti/core';
import { sagaError } from '../../errors.ts';
import { isOver, isParked } from '../../store/saga-record.ts';
import type { Checkpoint } from '../../store/saga-store.ts';
import { onlyAdds } from '../only-adds.ts';
import { keepEvents, note, noteFenced } from './inserts.ts';
import type { OpenPlace } from './open-place.ts';
import { never } from './rows.ts';
import { isOwnConflict, statementError } from './statement-error.ts';

const whereHeld = 'WHERE id = ? AND owner = ? AND fence = ?';
const keepSql = `UPDATE saga_instances SET status = ?, answered = ? ${whereHeld}`;
/** At once (?3) when something was asked that is not answered yet. */
const giveBackSql = `UPDATE saga_instances SET status = ?1, answered = ?2, owner = NULL, due_at = iif(asked > ?2, ?3, ?4)
  WHERE id = ?5 AND owner = ?6 AND fence = ?7`;
/** That it leaves the line passes its key on: see the tables. */
const endSql = `UPDATE saga_instances SET status = ?, answered = ?, owner = NULL, due_at = NULL, line = NULL, ended_at = ? ${whereHeld}`;

/**
 * One write under the fence. Most checkpoints only add to the journal, which is tried first where it looks so: one statement that writes
 * one table. It also says of which status the saga must be; where that is wrong, the whole row is written.
 */
export async function writeCheckpoint(place: OpenPlace, checkpoint: Checkpoint): Promise<void> {
  const { id, fence, worker, status, entries, answered } = checkpoint;
  const held: SqlValue[] = [id, worker, fence];
  if (onlyAdds(checkpoint)) {
    const adding = noteFenced(id, [worker, fence, status, answered], entries);
    if (await written([adding])) return;
  }
  if (!(await written([changeOf(checkpoint, held, place.now()), ...note(id, entries)]))) throw sagaError('SAGA_FENCED', { id, fence });

  /** False when the saga was not found as the first statement says. */
  async function written(first: readonly Statement[]): Promise<boolean> {
    const own = [...first, ...keepEvents(checkpoint.events ?? [])];
    try {
      await place.database.write({ name: `saga.${checkpoint.name}`, statements: [...own, ...(checkpoint.statements ?? [])] });
      return true;
    } catch (error) {
      if (isOwnConflict(error, own.length)) return false;
      throw statementError(error, id, own.length);
    }
  }
}

function changeOf({ status, dueAt, answered }: Checkpoint, held: readonly SqlValue[], now: number): Statement {
  if (isOver(status)) return { sql: endSql, values: [status, answered, now, ...held], expectedRows: 1 };
  if (isParked(status)) return { sql: giveBackSql, values: [status, answered, never, never, ...held], expectedRows: 1 };
  if (dueAt === undefined) return { sql: keepSql, values: [status, answered, ...held], expectedRows: 1 };
  return { sql: giveBackSql, values: [status, answered, now, Math.max(Math.ceil(dueAt), now), ...held], expectedRows: 1 };
}
