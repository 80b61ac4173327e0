import { newId, type Repeating, type Runtime, repeat, TuttiError } from '@tutti/core';
import type { AnySaga } from '../definition/saga-definition.ts';
import { sagaError } from '../errors.ts';
import type { NewSaga } from '../store/saga-record.ts';
import type { Created, CreateOptions, Holding, SagaStore } from '../store/saga-store.ts';
import { Bell } from './bell.ts';
import type { Ending, Held } from './held.ts';
import { Holdings } from './holdings.ts';
import type { RunSubject } from './run-subject.ts';
import type { SagaCounter } from './saga-counter.ts';
import { answerRequests, isGivenUp, runSaga } from './saga-run.ts';
import type { StoreTime } from './store-time.ts';
import { type SubjectMaker, watchDeadline } from './subject-maker.ts';

export interface WorkerSettings {
  readonly id: string;
  readonly store: SagaStore;
  readonly sagas: ReadonlyMap<string, AnySaga>;
  readonly runtime: Runtime;
  readonly time: StoreTime;
  readonly counter: SagaCounter;
  readonly subjects: SubjectMaker;
  readonly leaseMs: number;
  readonly concurrency: number;
  readonly scanMs: number;
}

export const newWorkerId = (runtime: Runtime): string => `worker-${newId(runtime).slice(-12)}`;

/** The store rings for every change of every process, mostly for nothing that this worker could do: it looks no more often than this. */
const lookAtMostEveryMs = 20;

/** Claims sagas, carries them on, and keeps their leases. What it holds is taken over by others when it dies. */
export class Worker {
  readonly #settings: WorkerSettings;
  readonly #held: Holdings;
  /** Before the lease of a saga ends, by this much, the work on it is cancelled. */
  readonly #marginMs: number;
  readonly #known: readonly { readonly saga: string; readonly fingerprint: string }[];
  readonly #bell: Bell;
  #claiming: Repeating | undefined;
  #renewing: Repeating | undefined;
  #unwatch: (() => void) | undefined;
  #nextDueAt: number | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #moreWaits = false;
  #stopping = false;

  constructor(settings: WorkerSettings) {
    this.#settings = settings;
    this.#held = new Holdings(settings.runtime.clock);
    this.#bell = new Bell(settings.runtime.clock, lookAtMostEveryMs, () => this.wake());
    this.#marginMs = Math.min(1_000, settings.leaseMs * 0.1);
    this.#known = [...settings.sagas.values()].map(({ name, fingerprint }) => ({ saga: name, fingerprint }));
  }

  start(): void {
    const { runtime, leaseMs, store } = this.#settings;
    this.#claiming = repeat(runtime, { name: 'claiming sagas', intervalMs: () => this.#untilNextLook() }, () => this.#claim());
    this.#renewing = repeat(runtime, { name: 'renewing saga leases', intervalMs: leaseMs / 3 }, () => this.#renew());
    this.#unwatch = store.desk.watch(this.#bell.ring);
    this.wake();
  }

  /** Milliseconds on the monotonic clock since the store was last asked for work. */
  get lookedAgoMs(): number {
    return this.#settings.runtime.clock.now() - this.#lookedAt;
  }

  wake(): void {
    this.#claiming?.trigger();
  }

  get id(): string {
    return this.#settings.id;
  }

  /** A saga that is carried on here. */
  held(id: string): Held | undefined {
    return this.#held.get(id);
  }

  /**
   * Starts a saga: here, when there is a place, so that its start and the intent of its first step are one write; otherwise for whoever
   * claims it. Resolves when that is durable.
   */
  async begin(saga: AnySaga, record: NewSaga, options: CreateOptions): Promise<Created> {
    const { store, time, concurrency } = this.#settings;
    const earlier = this.#held.get(record.id);
    if (earlier && !earlier.subject.journal.isNew) return { created: false, now: time.now() };
    if (this.#stopping || earlier || this.#held.size >= concurrency) {
      const created = await store.create(record, options);
      time.heard(created.now);
      this.#moreWaits = true;
      return created;
    }
    return this.#beginHere(saga, record, options);
  }

  #beginHere(saga: AnySaga, record: NewSaga, options: CreateOptions): Promise<Created> {
    const { store, time, id: worker, leaseMs, runtime, subjects } = this.#settings;
    return new Promise((resolve, reject) => {
      const askedAt = runtime.clock.now();
      let answer: Created | undefined;
      const subject = subjects.make(saga, record, async (entries, extra) => {
        answer = await store.create(
          { ...record, entries: [...record.entries, ...entries] },
          { ...options, ...extra, hold: { worker, leaseMs } },
        );
        time.heard(answer.now);
        resolve(answer);
        return answer.created && answer.lockedBy === undefined;
      });
      const held = this.#hold(subject, askedAt, () => firstThing(subject));
      void held.ended.then(() => answer ?? reject(held.failure));
    });
  }

  #hold(subject: RunSubject, askedAt: number, before: () => Promise<void>): Held & { failure: unknown } {
    const { call, journal } = subject;
    const { leaseMs } = this.#settings;
    const held = {
      id: journal.id,
      fence: journal.fence,
      call,
      subject,
      safeUntil: askedAt + leaseMs - this.#marginMs,
      ended: Promise.resolve<Ending | undefined>(undefined),
      failure: undefined as unknown,
    };
    this.#held.add(held);
    held.ended = this.#run(held, before);
    return held;
  }

  async #run(held: Held & { failure: unknown }, before: () => Promise<void>): Promise<Ending | undefined> {
    const { runtime, counter } = this.#settings;
    const { subject } = held;
    const { journal, state, saga } = subject;
    const unwatch = watchDeadline(subject);
    try {
      await before();
      await runSaga(subject);
      return { status: journal.status, state };
    } catch (error) {
      held.failure = error;
      if (journal.isNew) return undefined; // whoever starts it is told
      if (TuttiError.is(error, 'SAGA_FENCED')) counter.fenced(saga.name);
      if (!isGivenUp(error)) runtime.logger.log('error', `saga ${saga.name} ${held.id} stands still until its lease runs out`, { error });
      return undefined;
    } finally {
      unwatch();
      subject.forward.release();
      this.#held.remove(held);
      if (this.#moreWaits || subject.amnesia) this.wake();
    }
  }

  /** Lets running steps finish within `drainMs`, then cuts them off, and gives every lease back. */
  async stop(drainMs: number): Promise<void> {
    const { runtime, store, id } = this.#settings;
    this.#stopping = true;
    this.#unwatch?.();
    this.#bell.stop();
    await this.#claiming?.stop();
    const held = [...this.#held];
    const late = runtime.clock.after(drainMs, () => {
      for (const one of held) one.call.cancel(sagaError('SAGA_RELEASED', { id: one.id, reason: 'the orchestrator stops' }));
    });
    const left = await Promise.all(held.map(async (one) => ((await one.ended) ? [] : [holdingOf(one)])));
    late.cancel();
    await this.#renewing?.stop();
    this.#held.close();
    if (left.flat().length > 0) await store.renew(id, left.flat(), 0);
  }

  #untilNextLook(): number {
    const { scanMs, runtime, time } = this.#settings;
    const scan = scanMs * (0.8 + 0.4 * runtime.random());
    return this.#nextDueAt === undefined ? scan : Math.min(scan, time.until(this.#nextDueAt) + 1);
  }

  async #claim(): Promise<void> {
    const { store, sagas, leaseMs, concurrency, runtime, time, id: worker, counter, subjects } = this.#settings;
    if (this.#stopping) return;
    const max = Math.max(0, concurrency - this.#held.size);
    const askedAt = runtime.clock.now();
    this.#lookedAt = askedAt;
    this.#nextDueAt = undefined; // a store that does not answer is not asked without a pause
    const { sagas: claimed, asked, nextDueAt, now } = await store.claim({ worker, leaseMs, max, known: this.#known });
    time.heard(now);
    this.#moreWaits = claimed.length === max;
    for (const record of claimed) {
      if (record.takenFrom !== undefined) counter.takenOver(record.saga);
      try {
        const subject = subjects.make(sagas.get(record.saga) as AnySaga, record);
        this.#hold(subject, askedAt, async () => answerRequests(subject, record.asked));
      } catch (error) {
        // what is stored of it cannot be read here; another worker may have the right codec
        runtime.logger.log('error', `saga ${record.saga} ${record.id} stands still until its lease runs out`, { error });
      }
    }
    // what is due and has no place here is looked for when a place is free
    if (this.#held.size < concurrency) this.#nextDueAt = nextDueAt;
    for (const id of asked) await this.#answer(id);
    if (claimed.length > 0 && this.#moreWaits && this.#held.size < concurrency) this.#claiming?.trigger();
  }

  async #answer(id: string): Promise<void> {
    const held = this.#held.get(id);
    const record = held && (await this.#settings.store.desk.load(id));
    if (!held || record?.fence !== held.fence) return;
    const quiet = await held.subject.journal.quiet().then(
      () => true,
      () => false, // the run meets the same failure
    );
    if (!quiet) return;
    answerRequests(held.subject, record.asked);
    await held.subject.journal.write('answer').catch(() => undefined); // the run meets the same failure
  }

  async #renew(): Promise<void> {
    const { store, leaseMs, runtime, id, time } = this.#settings;
    const askedAt = runtime.clock.now();
    const held = [...this.#held].filter(({ call, subject }) => !call.cancelled && !subject.journal.isNew);
    if (held.length === 0) return;
    const { lost, now } = await store.renew(id, held.map(holdingOf), leaseMs);
    time.heard(now);
    const gone = new Set(lost);
    for (const one of held) {
      if (!gone.has(one.id)) one.safeUntil = askedAt + leaseMs - this.#marginMs;
      else if (this.#held.get(one.id) === one && !this.#stopping)
        one.call.cancel(sagaError('SAGA_RELEASED', { id: one.id, reason: 'another worker took it over' }));
    }
  }
}

const holdingOf = ({ id, fence }: Holding): Holding => ({ id, fence });

/**
 * A saga whose first step makes its intent durable is made by that write; any other is made first, and so is one that may find itself
 * queued: what is not begun must not have an intent.
 */
async function firstThing({ saga, journal }: RunSubject): Promise<void> {
  const [first] = saga.nodes;
  const queues = saga.settings.lock?.whenLocked === 'queue';
  const fused = !queues && (first?.kind === 'parallel' || (first?.kind === 'step' && first.intent));
  if (!fused) await journal.write('start');
}
