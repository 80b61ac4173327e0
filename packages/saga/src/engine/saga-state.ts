import type { Failure, JournalEntry } from '../store/journal-entry.ts';
import { type PayloadCodec, readPayload } from './payload-codec.ts';

/** How far one way of a step has come: the deed, or its undo. */
export interface Progress {
  readonly state: 'none' | 'intended' | 'done' | 'failed' | 'skipped';
  readonly attempts: number;
  /** An intent without an outcome: it is running, or its worker died; its effect may be there. */
  readonly open: boolean;
  /** Some attempt was cut off, so its effect may be there. */
  readonly cutOff: boolean;
  readonly failure?: Failure;
  /** The next attempt is not made before (milliseconds since the epoch). */
  readonly until?: number;
  /** When the first attempt began; of one without an intent, when it failed. */
  readonly since?: number;
}

export interface StepState {
  readonly step: string;
  /** The order in which intents were made, from 1. */
  readonly order: number;
  readonly deed: Progress;
  readonly undo: Progress;
  /** As it is stored; present once done. */
  readonly result?: string;
}

const untouched: Progress = Object.freeze({ state: 'none', attempts: 0, open: false, cutOff: false });
const reopened = (): Progress => ({ ...untouched, state: 'intended' });

/** Which way an entry is about, for those that are about one. */
const ways: Readonly<Partial<Record<JournalEntry['what'], 'deed' | 'undo'>>> = {
  intent: 'deed',
  done: 'deed',
  'attempt-failed': 'deed',
  failed: 'deed',
  'undo-intent': 'undo',
  undone: 'undo',
  'undo-attempt-failed': 'undo',
  'undo-failed': 'undo',
  'undo-skipped': 'undo',
};

/**
 * Where a saga stands: what the entries of its journal add up to. The same code adds an entry that was read from a store and one that is
 * being written, so that a worker that was there from the start and one that takes over know the same.
 */
export class SagaState {
  /** Why it is or was undone or is stuck, and which step failed. */
  failure: (Failure & { readonly step: string }) | undefined = undefined;
  /** How many requests have been answered. */
  answered = 0;
  /** Who wants it to be undone, and why. */
  cancel: { readonly actor: string; readonly reason: string } | undefined = undefined;
  /** From the moment at which it was decided that it is undone. */
  isGoingBack = false;
  #isStuck = false;
  readonly #codec: PayloadCodec;
  readonly #steps = new Map<string, StepState>();
  readonly #decisions = new Map<string, boolean>();
  readonly #sleeps = new Map<string, { readonly until: number; readonly woke: boolean }>();
  #results: Record<string, unknown> = {};

  constructor(codec: PayloadCodec, entries: readonly JournalEntry[]) {
    this.#codec = codec;
    for (const entry of entries) this.apply(entry);
  }

  step(name: string): StepState | undefined {
    return this.#steps.get(name);
  }

  /** In the order of their intents. */
  get steps(): readonly StepState[] {
    return [...this.#steps.values()];
  }

  /** What the steps have returned, by name. A new object after each change: who got one keeps what he got. */
  get results(): Readonly<Record<string, unknown>> {
    return this.#results;
  }

  decision(name: string): boolean | undefined {
    return this.#decisions.get(name);
  }

  sleep(name: string): { readonly until: number; readonly woke: boolean } | undefined {
    return this.#sleeps.get(name);
  }

  apply(entry: JournalEntry): void {
    const way = ways[entry.what];
    if (way !== undefined) this.#advance(entry, way);
    else if (entry.what === 'decided') this.#decide(entry);
    else if (entry.what === 'sleeping') this.#sleeps.set(entry.step as string, { until: entry.until as number, woke: false });
    else if (entry.what === 'woke') this.#sleeps.set(entry.step as string, { until: entry.at, woke: true });
    else if (entry.what === 'compensating' || entry.what === 'stuck') {
      this.failure = { ...(entry.failure as Failure), step: entry.step as string };
      this.#isStuck = entry.what === 'stuck';
      this.isGoingBack = entry.what === 'compensating';
    } else if (entry.what === 'asked') this.#answer(entry);
  }

  #decide({ step, taken }: JournalEntry): void {
    this.#decisions.set(step as string, taken === true);
    this.#steps.delete(step as string); // attempts at it may have been counted
  }

  #advance(entry: JournalEntry, way: 'deed' | 'undo'): void {
    const name = entry.step as string;
    const before = this.#steps.get(name) ?? { step: name, order: this.#steps.size + 1, deed: untouched, undo: untouched };
    const step: StepState = { ...before, [way]: progressed(before[way], entry) };
    if (entry.what !== 'done') {
      this.#steps.set(name, step);
      return;
    }
    const result = entry.result as string;
    this.#results = { ...this.#results, [name]: readPayload(this.#codec, `the result of '${name}'`, result) };
    this.#steps.set(name, { ...step, result });
  }

  #answer({ request }: JournalEntry): void {
    this.answered++;
    if (request?.verb === 'cancel') this.cancel ??= { actor: request.actor, reason: request.reason };
    if (request?.verb !== 'retry') return;
    for (const [name, step] of this.#steps) {
      if (step.undo.state === 'failed') this.#steps.set(name, { ...step, undo: reopened() });
      else if (this.#isStuck && step.deed.state === 'failed') {
        this.#steps.set(name, { ...step, deed: { ...reopened(), cutOff: step.deed.cutOff } });
      }
    }
    if (this.#isStuck) this.failure = undefined;
    this.#isStuck = false;
  }
}

function progressed(before: Progress, entry: JournalEntry): Progress {
  const { what, attempt = 0, at, cutOff = false, failure, until } = entry;
  switch (what) {
    case 'intent':
    case 'undo-intent':
      return {
        state: 'intended',
        attempts: attempt,
        open: entry.onlyCounts !== true,
        cutOff: cutOff || before.cutOff || before.open,
        since: before.since ?? at,
        ...(before.failure && { failure: before.failure }),
      };
    case 'done':
    case 'undone': {
      const { until: _past, ...rest } = before;
      return { ...rest, state: 'done', attempts: attempt, open: false };
    }
    case 'undo-skipped':
      return { ...before, state: 'skipped', open: false };
    default: {
      // an entry of many attempts stands for the newest of them, whose intent may be older by its number
      if (attempt < before.attempts) return { ...before, cutOff: before.cutOff || cutOff, ...(failure && { failure }) };
      const { until: _past, ...rest } = before;
      const now = { attempts: attempt, open: false, cutOff: before.cutOff || cutOff, since: before.since ?? at };
      const tried = { ...rest, ...now, ...(failure && { failure }) };
      const over = what === 'failed' || what === 'undo-failed';
      return { ...tried, state: over ? 'failed' : 'intended', ...(until !== undefined && { until }) };
    }
  }
}
