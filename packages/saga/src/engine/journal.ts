import type { Clock } from '@tutti/core';
import type { HistoryEntry, SagaRecord, SagaStatus, StepRecord } from '../store/saga-record.ts';
import type { Checkpoint, SagaStore } from '../store/saga-store.ts';

type Note = Pick<HistoryEntry, 'what' | 'step' | 'attempt' | 'failure'>;

/**
 * The state of one saga while a worker holds it. Changes gather until `write`, so that the outcome of a step and the
 * intent of the next are one checkpoint where nothing happens in between.
 */
export class Journal {
  readonly id: string;
  readonly fence: number;
  status: SagaStatus;
  failure: SagaRecord['failure'];
  readonly #store: SagaStore;
  readonly #worker: string;
  readonly #clock: Clock;
  readonly #steps: Map<string, StepRecord>;
  #changed = new Map<string, StepRecord>();
  #entries: HistoryEntry[] = [];
  /** Writes of one saga follow each other, also when branches write at the same time. */
  #writing: Promise<void> = Promise.resolve();

  constructor(record: SagaRecord, store: SagaStore, worker: string, clock: Clock) {
    this.id = record.id;
    this.fence = record.fence;
    this.status = record.status;
    this.failure = record.failure;
    this.#store = store;
    this.#worker = worker;
    this.#clock = clock;
    this.#steps = new Map(record.steps.map((step) => [step.step, step]));
  }

  step(name: string): StepRecord | undefined {
    return this.#steps.get(name);
  }

  get steps(): readonly StepRecord[] {
    return [...this.#steps.values()];
  }

  get results(): Record<string, unknown> {
    const done = this.steps.filter(({ result }) => result !== undefined);
    return Object.fromEntries(done.map(({ step, result }) => [step, JSON.parse(result as string) ?? undefined]));
  }

  /** Begins a record for a step that has none. */
  begin(name: string): StepRecord {
    return { step: name, order: this.#steps.size + 1, status: 'intended', attempts: 0, undoAttempts: 0, ambiguous: false };
  }

  change(step: StepRecord, note: Note): void {
    this.#steps.set(step.step, step);
    this.#changed.set(step.step, step);
    this.note({ ...note, step: step.step });
  }

  note(note: Note): void {
    this.#entries.push({ at: Math.floor(this.#clock.epoch()), worker: this.#worker, fence: this.fence, ...note });
  }

  /** Makes everything that has changed durable. @throws SAGA_FENCED */
  write(name: string): Promise<void> {
    const checkpoint: Checkpoint = {
      name,
      id: this.id,
      worker: this.#worker,
      fence: this.fence,
      status: this.status,
      steps: [...this.#changed.values()],
      entries: this.#entries,
      ...(this.failure && { failure: this.failure }),
    };
    this.#changed = new Map();
    this.#entries = [];
    this.#writing = this.#writing.then(() => this.#store.checkpoint(checkpoint));
    return this.#writing;
  }
}
