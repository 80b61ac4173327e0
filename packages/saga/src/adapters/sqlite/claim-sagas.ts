import type { Row } from '@tutti/core/sqlite';
import type { Claimed, ClaimedSaga, ClaimRequest } from '../../store/saga-store.ts';
import type { OpenPlace } from './open-place.ts';
import { never, recordColumns, recordOf } from './rows.ts';

/** Kinds of sagas in one look; SQLite takes 500 parts in a text. */
const kindsAtOnce = 100;

/** Of each kind the first that are due and the first that is not: an index gives them without a look at any other. */
const kindSql = `SELECT no, due_at FROM (SELECT no, due_at FROM saga_instances
    WHERE saga = ? AND fingerprint = ? AND due_at <= ? ORDER BY due_at LIMIT ?)
  UNION ALL SELECT no, due_at FROM (SELECT no, due_at FROM saga_instances
    WHERE saga = ? AND fingerprint = ? AND due_at > ? AND due_at < ${never} ORDER BY due_at LIMIT 1)`;
const lookSqls: readonly string[] = Array.from({ length: kindsAtOnce + 1 }, (_, kinds) => Array(kinds).fill(kindSql).join(' UNION ALL '));

const askedSql = 'SELECT id FROM saga_instances WHERE owner = ? AND asked > answered ORDER BY no';

/** One that is queued leaves the line. Those that somebody else was faster with are not due any more. */
const claimSql = `UPDATE saga_instances
  SET taken_from = owner, owner = ?1, fence = fence + 1, due_at = ?2, line = iif(line = 1, NULL, line)
  WHERE no IN (SELECT value FROM json_each(?3)) AND due_at <= ?4 RETURNING no, fence, taken_from`;
const claimedSql = `SELECT ${recordColumns} FROM saga_instances s WHERE s.no IN (SELECT value FROM json_each(?))`;

/** A look costs reads; only where there is something to take it is also a write. */
export async function claimSagas(place: OpenPlace, request: ClaimRequest): Promise<Claimed> {
  const { database } = place;
  const now = place.now();
  const asked = await database.read(askedSql, [request.worker]);
  const found = await look(place, request, now);
  const due = found.filter(({ dueAt }) => dueAt <= now).slice(0, request.max);
  const next = found[due.length];
  return {
    sagas: due.length === 0 ? [] : await take(place, request, due, now),
    asked: asked.map(({ id }) => String(id)),
    ...(next && { nextDueAt: next.dueAt }),
    now,
  };
}

interface Found {
  readonly no: number;
  readonly dueAt: number;
}

/** Those that are due first, one more than is wanted if there are so many. */
async function look({ database }: OpenPlace, { known, max }: ClaimRequest, now: number): Promise<readonly Found[]> {
  const rows: Row[] = [];
  for (let from = 0; from < known.length; from += kindsAtOnce) {
    const kinds = known.slice(from, from + kindsAtOnce);
    const values = kinds.flatMap(({ saga, fingerprint }) => [saga, fingerprint, now, max + 1, saga, fingerprint, now]);
    rows.push(...(await database.read(lookSqls[kinds.length] as string, values)));
  }
  return rows
    .map((row): Found => ({ no: Number(row['no']), dueAt: Number(row['due_at']) }))
    .sort((a, b) => a.dueAt - b.dueAt || a.no - b.no);
}

async function take(
  { database }: OpenPlace,
  { worker, leaseMs }: ClaimRequest,
  due: readonly Found[],
  now: number,
): Promise<readonly ClaimedSaga[]> {
  const numbers = JSON.stringify(due.map(({ no }) => no));
  const [claimed] = await database.write({
    name: 'saga.claim',
    statements: [{ sql: claimSql, values: [worker, now + Math.ceil(leaseMs), numbers, now] }],
  });
  const taken = new Map(claimed?.rows.map((row) => [Number(row['no']), row]));
  if (taken.size === 0) return [];
  const records = new Map<number, Row>();
  for (const row of await database.read(claimedSql, [JSON.stringify([...taken.keys()])])) records.set(Number(row['no']), row);
  return due.flatMap(({ no }) => {
    const [mine, row] = [taken.get(no), records.get(no)];
    // who reads late may find that the next holder has it
    if (!mine || !row || row['fence'] !== mine['fence']) return [];
    const from = mine['taken_from'];
    return [{ ...recordOf(row), ...(from !== null && { takenFrom: String(from) }) }];
  });
}
