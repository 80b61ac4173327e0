import { coreError } from '../../errors/core-errors.ts';
import { wellFormedText } from '../../options/rules.ts';
import type { RevisionFile } from './revision-files.ts';

export interface ReadEntry {
  readonly json: string;
  readonly actor: string;
  readonly changedAtMs: number;
  /** Empty where somebody has written the file who knows nothing of ids. */
  readonly id: string;
}

/** Who is said to have written what names nobody. */
const unnamed = 'somebody who wrote the file';
const actorRule = wellFormedText(256);

/** @param after The id of the entry before. */
export function entryText(key: string, entry: ReadEntry, after: string): string {
  const { json, actor, changedAtMs, id } = entry;
  const about = JSON.stringify({ key, actor, changedAt: new Date(changedAtMs).toISOString(), id, after });
  return `${about.slice(0, -1)},"value":${json}}\n`;
}

/** @throws INVALID_DATA naming the file and the first thing that is wrong in it. */
export function readEntry(path: string, { text, writtenAtMs }: RevisionFile): ReadEntry {
  const parsed = parse(path, text);
  if (typeof parsed !== 'object' || parsed === null || !Object.hasOwn(parsed, 'value')) throw wrong(path, 'must be an object with a value');
  const { value, actor = unnamed, changedAt, id } = parsed as Readonly<Record<string, unknown>>;
  const badActor = actorRule(actor);
  if (badActor) throw wrong(`${path}: actor`, badActor);
  const changedAtMs =
    changedAt === undefined ? Math.floor(writtenAtMs) : typeof changedAt === 'string' ? Date.parse(changedAt) : Number.NaN;
  if (Number.isNaN(changedAtMs)) throw wrong(`${path}: changedAt`, 'must be a time of RFC 3339');
  return { json: JSON.stringify(value), actor: actor as string, changedAtMs, id: typeof id === 'string' ? id : '' };
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw wrong(path, 'must be JSON', cause);
  }
}

function wrong(path: string, problem: string, cause?: unknown): Error {
  return coreError('INVALID_DATA', { path, problem }, cause === undefined ? undefined : { cause });
}
