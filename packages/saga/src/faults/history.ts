import { type LogLine, logLines } from '@tutti/core/testing';
import type { SagaStatus } from '../store/saga-record.ts';

/** One line of the ledger of the world, in the order in which things were done. */
export interface LedgerLine {
  readonly what: 'do' | 'undo';
  readonly saga: string;
  readonly step: string;
  readonly fence: number;
}

/** Something that a worker wrote down: a checkpoint that was taken, a handler that began or ended. */
export interface Note {
  readonly what: string;
  readonly saga: string;
  readonly fence: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly pid: number;
  /** Of a handler: the way and the step. */
  readonly handler: string;
}

export interface Death {
  readonly pid: number;
  readonly at: number;
}

/** What was seen of a trial. */
export interface SagaHistory {
  /** How each saga ended, by the store. */
  readonly endings: ReadonlyMap<string, SagaStatus>;
  readonly ledger: readonly LedgerLine[];
  /** The saga of each row that steps of the store's own database have written and not taken back. */
  readonly booked: readonly string[] | undefined;
  readonly notes: readonly Note[];
  readonly deaths: readonly Death[];
  /** Workers that were stopped for a while: they may act at a time at which they do not know that they are not the ones any more. */
  readonly paused: ReadonlySet<number>;
  /** Of the largest worker. */
  readonly maxRssBytes: number;
}

export function readNotes(folder: string): { readonly notes: readonly Note[]; readonly maxRssBytes: number } {
  let maxRssBytes = 0;
  const notes: Note[] = [];
  for (const line of logLines(folder, 'worker')) {
    const [what = '', saga = '', fence, at, ...handler] = line.words;
    if (what === 'rss') maxRssBytes = Math.max(maxRssBytes, Number(saga));
    else if (what !== 'ready')
      notes.push({ what, saga, fence: Number(fence), at: Number(at), pid: pidOf(line), handler: handler.join(' ') });
  }
  return { notes: notes.toSorted((a, b) => a.at - b.at), maxRssBytes };
}

export function readLedger(folder: string): readonly LedgerLine[] {
  return Array.from(logLines(folder, 'world'), ({ words: [what, saga = '', step = '', fence] }) => ({
    what: what as LedgerLine['what'],
    saga,
    step,
    fence: Number(fence),
  }));
}

export const pidOf = ({ file }: LogLine): number => Number(/-(\d+)\.log$/.exec(file)?.[1]);
