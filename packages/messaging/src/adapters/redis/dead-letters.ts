import type { Page } from '@tutti/core';
import type { DeadLetter, DeadLetterQuery, DeadLetters, DeadReason } from '../../transport/dead-letters.ts';
import { decodeEvent } from '../../transport/encoded-event.ts';
import type { BusStore } from './bus-store.ts';
import { discardScript, listScript, replayScript } from './letter-scripts.ts';

/** At most so many in one script. */
const chunk = 500;

/** @param connected The store, once the transport is connected; throws before. */
export function redisDeadLetters(connected: () => BusStore): DeadLetters {
  async function count(script: typeof replayScript, ids: readonly string[]): Promise<number> {
    let done = 0;
    for (let at = 0; at < ids.length; at += chunk) done += Number(await connected().run(script, ids.slice(at, at + chunk)));
    return done;
  }
  return {
    async list({ group, limit, after }: DeadLetterQuery): Promise<Page<DeadLetter>> {
      const from = Number(after ?? 0);
      const args = [group === undefined ? '' : `=${group}`, Number.isSafeInteger(from) ? from : 0, limit + 1];
      const rows = (await connected().run(listScript, args)) as unknown as readonly (readonly Buffer[])[];
      const items = rows.slice(0, limit).map(letterOf);
      const last = items.at(-1);
      return { items, ...(last && rows.length > limit && { next: last.id }) };
    },
    replay: (ids) => count(replayScript, ids),
    discard: (ids) => count(discardScript, ids),
  };
}

/** The id, then names and values. */
function letterOf(row: readonly Buffer[]): DeadLetter {
  const fields = new Map<string, string>();
  for (let index = 1; index + 1 < row.length; index += 2) fields.set(String(row[index]), String(row[index + 1]));
  const field = (name: string): string => fields.get(name) ?? '';
  const stamp = (name: string): string => new Date(Number(field(name))).toISOString();
  const [code, stack] = [field('code'), field('stack')];
  return {
    id: String(row[0]),
    group: field('group'),
    pattern: field('pattern'),
    reason: field('reason') as DeadReason,
    failure: { message: field('message'), ...(code && { code }), ...(stack && { stack }) },
    attempts: Number(field('attempts')),
    firstFailedAt: stamp('first'),
    lastFailedAt: stamp('last'),
    event: decodeEvent(field('body')),
  };
}
