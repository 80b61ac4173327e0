import { coreError } from '../errors/core-errors.ts';
import { TuttiError } from '../errors/tutti-error.ts';
import type { WriteSet } from '../ports/write-set.ts';

/** Why SQLite did not do something, as data that crosses between threads. */
export interface Refusal {
  readonly refused: 'busy' | 'conflict' | 'invalid' | 'unavailable' | 'unsupported';
  readonly problem: string;
  /** The position in the set, from 0, of the statement that failed. */
  readonly statement?: number;
  /** Rows it changed, when that was the wrong number. */
  readonly rows?: number;
}

/** SQLite's primary result codes (sqlite.org/rescode.html) that are about the file and not about the statement. */
const aboutTheFile: Readonly<Record<number, string>> = {
  3: 'access was denied; check who owns the file and its folder',
  7: 'memory has run out',
  8: 'the file or its folder is read-only for this user; make both writable, as the -wal and -shm files are kept beside it',
  10: 'the disk answered with an error; check it and the log of the system',
  11: 'the file is damaged; stop everybody who uses it and restore a backup (or try the .recover command of sqlite3)',
  13: 'the disk or the quota is full; make room and try again',
  14: 'the file cannot be opened or created; check that its folder exists and that this user may write there',
  15: 'the locks of the file do not work as they should; use a local disk',
  26: 'the file is no SQLite database; name another one or move it away',
};

/** Reads what a connection threw. */
export function refusalOf(error: unknown): Refusal {
  if (TuttiError.is(error))
    return { refused: 'invalid', problem: (error as TuttiError<string, { problem?: string }>).details.problem ?? error.message };
  const { code, errcode, message } = error as { code?: string; errcode?: number; message: string };
  if (code !== 'ERR_SQLITE_ERROR' || errcode === undefined) return { refused: 'invalid', problem: `is refused by the driver: ${message}` };
  const primary = errcode & 0xff;
  if (primary === 5 || primary === 6)
    return { refused: 'busy', problem: `other processes kept it locked for as long as busyTimeout allows (${message})` };
  if (primary === 19) return { refused: 'conflict', problem: message, rows: 0 };
  const about = aboutTheFile[primary];
  return about
    ? { refused: 'unavailable', problem: `${about} (${message}, code ${errcode})` }
    : { refused: 'invalid', problem: `is refused by SQLite: ${message}` };
}

/** The error that the caller of a write, of a read or of a migration gets. `what` names it in the path of wrong arguments. */
export function refusalError(path: string, what: string, { refused, problem, statement }: Refusal): TuttiError {
  if (refused === 'unsupported') return coreError('STORE_UNSUPPORTED', { store: path, problem });
  if (refused === 'unavailable' || refused === 'busy') return coreError('STORE_UNAVAILABLE', { store: path, problem });
  return coreError('INVALID_ARGUMENT', { path: statement === undefined ? what : `${what}[${statement}]`, problem });
}

/** The same for a set, which may also have met rows that it did not expect. */
export function writeError(path: string, set: WriteSet, refusal: Refusal): TuttiError {
  const { refused, statement = 0, rows = 0, problem } = refusal;
  if (refused !== 'conflict') return refusalError(path, `${set.name}.statements`, refusal);
  return coreError('WRITE_CONFLICT', {
    store: path,
    statement: `${set.name}, statement ${statement + 1}${problem && ` (${problem})`}`,
    expectedRows: set.statements[statement]?.expectedRows ?? 1,
    actualRows: rows,
    index: statement,
    ...(problem && { constraint: problem }),
  });
}
