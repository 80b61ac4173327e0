import { beforePivot, fateOf } from './fate.ts';
import type { LedgerLine, Note, SagaHistory } from './history.ts';

/** What became of the sagas of a trial. Lists hold ids, with what is wrong where that is not the same for all. */
export interface SagaReport {
  readonly seed: number;
  readonly sagas: number;
  readonly completed: number;
  readonly compensated: number;
  /** Neither of them, when everything was quiet. */
  readonly unended: readonly string[];
  /** Completed, and an effect is missing, or taken back, or there twice; or it should not have been completed. */
  readonly incomplete: readonly string[];
  /** Compensated, and an effect was left behind, undone twice, or not in the reverse order; or it should not have been compensated. */
  readonly leftBehind: readonly string[];
  /** Compensated after its pivot was done. */
  readonly past: readonly string[];
  /** A step that was done after the first undo. */
  readonly resumed: readonly string[];
  /** Checkpoints that were taken although another worker had been given the saga before they were sent. */
  readonly zombies: readonly string[];
  /** Handlers of one saga that ran in two workers at a time, neither of which had been stopped. */
  readonly overlaps: readonly string[];
  /** Checkpoints that the fence refused. */
  readonly refused: number;
  /** From the death of a worker to another's claim of what it held. */
  readonly takeOverMs: readonly number[];
  readonly maxRssBytes: number;
  /** From the last fault until every saga had ended. */
  readonly quietMs: number;
}

const groupOf = (step: string): number => ['authorise', 'stock', 'book', 'capture', 'receipt'].indexOf(step === 'fraud' ? 'stock' : step);

export function checkSagas(history: SagaHistory, about: { readonly seed: number; readonly quietMs: number }): SagaReport {
  const { endings, ledger, booked, notes, maxRssBytes } = history;
  const effectsOf = Map.groupBy(ledger, ({ saga }) => saga);
  const rowsOf = booked && Map.groupBy(booked, (saga) => saga);
  const report = { incomplete: [] as string[], leftBehind: [] as string[], past: [] as string[], resumed: [] as string[] };
  for (const [id, status] of endings) {
    const effects = effectsOf.get(id) ?? [];
    const rows = rowsOf?.get(id)?.length ?? 0;
    const refuses = fateOf(id, about.seed).refuses;
    const firstUndo = effects.findIndex(({ what }) => what === 'undo');
    if (firstUndo >= 0 && effects.slice(firstUndo).some(({ what }) => what === 'do')) report.resumed.push(id);
    if (status === 'completed') {
      const problem = refuses ? `refuses at ${refuses}` : wrongWhenCompleted(effects, rowsOf ? rows : undefined);
      if (problem) report.incomplete.push(`${id} (${problem})`);
    } else if (status === 'compensated') {
      if (effects.some(({ step }) => groupOf(step) >= groupOf('capture'))) report.past.push(id);
      const problem = refuses ? wrongWhenCompensated(effects, rows) : 'refuses nothing';
      if (problem) report.leftBehind.push(`${id} (${problem})`);
    }
  }
  const count = (wanted: string): number => [...endings.values()].filter((status) => status === wanted).length;
  return {
    seed: about.seed,
    sagas: endings.size,
    completed: count('completed'),
    compensated: count('compensated'),
    unended: [...endings]
      .filter(([, status]) => status !== 'completed' && status !== 'compensated')
      .map(([id, status]) => `${id} (${status})`),
    ...report,
    zombies: zombiesIn(notes),
    overlaps: overlapsIn(history),
    refused: notes.filter(({ what }) => what === 'fenced').length,
    takeOverMs: takeOvers(history),
    maxRssBytes,
    quietMs: about.quietMs,
  };
}

function wrongWhenCompleted(effects: readonly LedgerLine[], rows: number | undefined): string | undefined {
  const steps = [...beforePivot, 'receipt'].filter((step) => rows === undefined || step !== 'book');
  const wrong = steps.find((step) => effects.filter((effect) => effect.step === step && effect.what === 'do').length !== 1);
  if (wrong) return `${wrong} is not there exactly once`;
  if (effects.some(({ what }) => what === 'undo')) return 'something was undone';
  return rows === undefined || rows === 1 ? undefined : `${rows} rows`;
}

function wrongWhenCompensated(effects: readonly LedgerLine[], rows: number): string | undefined {
  const steps = (what: LedgerLine['what']): string[] => effects.filter((effect) => effect.what === what).map(({ step }) => step);
  const [done, undone] = [steps('do'), steps('undo')];
  const left = done.find((step) => undone.filter((other) => other === step).length !== 1);
  if (left) return `${left} has not exactly one undo`;
  if (undone.length !== done.length) return 'something was undone that was not done';
  const order = undone.map(groupOf);
  if (order.some((group, at) => at > 0 && group > (order[at - 1] as number))) return `undone in the order ${undone}`;
  return rows === 0 ? undefined : `${rows} rows`;
}

/** Taken although it was sent when another was known to have the saga. */
function zombiesIn(notes: readonly Note[]): readonly string[] {
  const found: string[] = [];
  for (const [saga, own] of Map.groupBy(notes, (note) => note.saga)) {
    const held = own.filter(({ what }) => what === 'held');
    for (const { what, fence, at, pid } of own) {
      if (what === 'wrote' && held.some((other) => other.fence > fence && other.at < at)) found.push(`${saga} (fence ${fence} of ${pid})`);
    }
  }
  return found;
}

interface Run {
  readonly pid: number;
  readonly from: number;
  readonly to: number;
}

/** A worker that was killed or stopped ends nothing; what it had begun counts until its death, or not at all. */
function overlapsIn({ notes, deaths, paused }: SagaHistory): readonly string[] {
  const diedAt = new Map(deaths.map(({ pid, at }) => [pid, at]));
  const found = new Set<string>();
  const handlers = notes.filter(({ what, pid }) => (what === 'begin' || what === 'end') && !paused.has(pid));
  for (const [saga, own] of Map.groupBy(handlers, (note) => note.saga)) {
    const runs: Run[] = [];
    for (const begun of own.filter(({ what }) => what === 'begin')) {
      const same = (note: Note): boolean => note.pid === begun.pid && note.fence === begun.fence && note.handler === begun.handler;
      const end = own.find((note) => note.what === 'end' && same(note) && note.at >= begun.at);
      runs.push({ pid: begun.pid, from: begun.at, to: end?.at ?? diedAt.get(begun.pid) ?? begun.at });
    }
    // a millisecond is the smallest thing that the notes know
    if (runs.some((one) => runs.some((other) => other.pid !== one.pid && other.from > one.from && other.from < one.to - 1)))
      found.add(saga);
  }
  return [...found];
}

function takeOvers({ notes, deaths }: SagaHistory): readonly number[] {
  const took = notes.filter(({ what }) => what === 'took');
  return deaths.flatMap(({ pid, at }) => {
    const held = new Map<string, number>();
    for (const note of notes)
      if (note.pid === pid && note.what === 'held' && note.at <= at) held.set(note.saga, Math.max(note.fence, held.get(note.saga) ?? 0));
    return Array.from(
      held,
      ([saga, fence]) => took.find((one) => one.saga === saga && one.fence === fence + 1 && one.at >= at)?.at,
    ).flatMap((then) => (then === undefined ? [] : [then - at]));
  });
}
