import { type Call, newId, type Repeating, type Runtime, readCallAttributes, repeat, TuttiError } from '@tutti/core';
import { sagaError } from '../errors.ts';
import type { SagaRecord } from '../store/saga-record.ts';
import type { SagaStore } from '../store/saga-store.ts';
import { Journal } from './journal.ts';
import type { AnySaga } from './run-subject.ts';
import { runSaga } from './saga-run.ts';

export interface WorkerSettings {
  readonly store: SagaStore;
  readonly sagas: ReadonlyMap<string, AnySaga>;
  readonly runtime: Runtime;
  readonly leaseMs: number;
  readonly concurrency: number;
  readonly scanMs: number;
}

interface Held {
  readonly record: SagaRecord;
  readonly call: Call;
  /** Monotonic: from then on the worker must not act, because another may. */
  safeUntil: number;
  ended: Promise<void>;
}

/** Claims sagas, carries them on, and keeps their leases. What it holds is taken over by others when it dies. */
export class Worker {
  readonly #settings: WorkerSettings;
  readonly #id: string;
  readonly #held = new Map<string, Held>();
  #claiming: Repeating | undefined;
  #renewing: Repeating | undefined;
  #unwatch: (() => void) | undefined;
  #stopping = false;

  constructor(settings: WorkerSettings) {
    this.#settings = settings;
    this.#id = `worker-${newId(settings.runtime).slice(-12)}`;
  }

  start(): void {
    const { runtime, scanMs, leaseMs, store } = this.#settings;
    this.#claiming = repeat(runtime, { name: 'claiming sagas', intervalMs: scanMs, jitter: 0.2 }, () => this.#claim());
    this.#renewing = repeat(runtime, { name: 'renewing saga leases', intervalMs: leaseMs / 3 }, () => this.#renew());
    this.#unwatch = store.watch(() => this.wake());
    this.wake();
  }

  wake(): void {
    if (this.#held.size < this.#settings.concurrency) this.#claiming?.trigger();
  }

  /** Lets running steps finish within `drainMs`, then cuts them off, and gives every lease back. */
  async stop(drainMs: number): Promise<void> {
    const { runtime, store } = this.#settings;
    this.#stopping = true;
    this.#unwatch?.();
    await this.#claiming?.stop();
    const held = [...this.#held.values()];
    const late = runtime.clock.after(drainMs, () => {
      for (const { call, record } of held) call.cancel(sagaError('SAGA_RELEASED', { id: record.id, reason: 'the orchestrator stops' }));
    });
    await Promise.all(held.map(({ ended }) => ended));
    late.cancel();
    await this.#renewing?.stop();
    if (held.length > 0)
      await store.renew(
        this.#id,
        held.map(({ record: { id, fence } }) => ({ id, fence })),
        0,
      );
  }

  async #claim(): Promise<void> {
    const { store, sagas, leaseMs, concurrency, runtime } = this.#settings;
    const max = concurrency - this.#held.size;
    if (max <= 0) return;
    const known = [...sagas.values()].map(({ name, fingerprint }) => ({ saga: name, fingerprint }));
    const askedAt = runtime.clock.now();
    const claimed = await store.claim({ worker: this.#id, leaseMs, max, known });
    for (const record of claimed) this.#hold(record, askedAt + leaseMs * 0.9);
    if (claimed.length === max) this.#claiming?.trigger();
  }

  #hold(record: SagaRecord, safeUntil: number): void {
    const { runtime } = this.#settings;
    const carried = readCallAttributes(record.call, runtime).detach();
    const held: Held = { record, call: carried, safeUntil, ended: Promise.resolve() };
    this.#held.set(record.id, held);
    held.ended = this.#run(held).finally(() => {
      if (this.#held.get(record.id) === held) this.#held.delete(record.id);
      this.wake();
    });
  }

  async #run({ record, call }: Held): Promise<void> {
    const { store, sagas, runtime } = this.#settings;
    const saga = sagas.get(record.saga) as AnySaga;
    const journal = new Journal(record, store, this.#id, runtime.clock);
    try {
      await runSaga({ saga, input: JSON.parse(record.input), journal, call });
    } catch (error) {
      const expected = TuttiError.is(error, 'SAGA_FENCED') || TuttiError.is(error, 'SAGA_RELEASED');
      if (!expected) runtime.logger.log('error', `saga ${record.saga} ${record.id} stands still until its lease runs out`, { error });
    }
  }

  async #renew(): Promise<void> {
    const { store, leaseMs, runtime } = this.#settings;
    const now = runtime.clock.now();
    const lose = (held: Held, reason: string): void => held.call.cancel(sagaError('SAGA_RELEASED', { id: held.record.id, reason }));
    for (const held of this.#held.values()) if (held.safeUntil <= now) lose(held, 'its lease could not be renewed in time');
    const held = [...this.#held.values()].filter(({ call }) => !call.cancelled);
    if (held.length === 0) return;
    const lost = new Set(
      await store.renew(
        this.#id,
        held.map(({ record: { id, fence } }) => ({ id, fence })),
        leaseMs,
      ),
    );
    for (const one of held) {
      if (!lost.has(one.record.id)) one.safeUntil = now + leaseMs * 0.9;
      else if (this.#held.get(one.record.id) === one && !this.#stopping) lose(one, 'another worker took it over');
    }
  }
}
