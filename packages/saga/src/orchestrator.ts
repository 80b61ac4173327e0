import {
  Call,
  type Component,
  type ComponentState,
  checkData,
  checkOptions,
  component,
  coreError,
  type Duration,
  defaultRuntime,
  duration,
  durationMs,
  type Health,
  listOf,
  newId,
  objectWith,
  type Runtime,
  sleep,
  wholeNumber,
  writeCallAttributes,
} from '@tutti/core';
import type { SagaDefinition } from './definition/define-saga.ts';
import type { AnySaga } from './engine/run-subject.ts';
import { Worker } from './engine/worker.ts';
import { sagaError } from './errors.ts';
import { type HistoryEntry, isFinal, type SagaRecord, type SagaStatus, type StepRecord } from './store/saga-record.ts';
import type { SagaStore } from './store/saga-store.ts';

type Named<S extends readonly AnySaga[], N> = Extract<S[number], { readonly name: N }>;
type InputOf<D> = D extends SagaDefinition<string, infer _I, infer In, infer _R, infer _Out> ? In : never;
type OutputOf<D> = D extends SagaDefinition<string, infer _I, infer _In, infer _R, infer Out> ? Out : never;

/** The id of a saga, which remembers what its result will be. */
export type SagaId<Out = unknown> = string & { readonly '@tutti/saga/output': Out };

export interface SagaOrchestratorOptions<S extends readonly AnySaga[]> {
  readonly store: SagaStore;
  readonly sagas: S;
  /** How long a saga stays with a worker that went silent. @defaultValue '15s' */
  readonly lease?: Duration;
  /** How many sagas this process carries on at once. @defaultValue 64 */
  readonly concurrency?: number;
  /** How often to look for work that nobody told of. @defaultValue '1s' */
  readonly scan?: Duration;
  /** How long stopping waits for running sagas before their steps are cut off. @defaultValue '5s' */
  readonly drainTimeout?: Duration;
  readonly runtime?: Runtime;
}

export const sagaOrchestratorDefaults = { lease: '15s', concurrency: 64, scan: '1s', drainTimeout: '5s' } as const;

/** What is known of one saga. */
export interface SagaView {
  readonly id: string;
  readonly saga: string;
  readonly status: SagaStatus;
  readonly failure?: SagaRecord['failure'];
  readonly steps: readonly StepRecord[];
}

const longestWaitMs = 1_000;

/**
 * Carries sagas to their end: every step noted before and after it runs, undone in reverse when one fails for good, taken
 * over by any worker on the same store when this process dies.
 */
export class SagaOrchestrator<const S extends readonly AnySaga[]> implements Component {
  readonly name = 'sagas';
  readonly #store: SagaStore;
  readonly #sagas: ReadonlyMap<string, AnySaga>;
  readonly #runtime: Runtime;
  readonly #worker: Worker;
  readonly on: Component['on'];
  readonly #life: Component;

  constructor(options: SagaOrchestratorOptions<S>) {
    const checked = checkOptions(
      'sagas',
      options as SagaOrchestratorOptions<readonly AnySaga[]>,
      {
        required: {
          store: objectWith('a SagaStore', 'create', 'claim', 'checkpoint', 'renew'),
          sagas: listOf(objectWith('a saga made by defineSaga', 'nodes', 'fingerprint')),
        },
        optional: {
          lease: duration,
          concurrency: wholeNumber({ min: 1 }),
          scan: duration,
          drainTimeout: duration,
          runtime: objectWith('a Runtime', 'clock'),
        },
      },
      sagaOrchestratorDefaults,
    );
    this.#store = checked.store;
    this.#runtime = checked.runtime ?? defaultRuntime;
    this.#sagas = new Map(checked.sagas.map((saga) => [saga.name, saga]));
    if (this.#sagas.size < checked.sagas.length)
      throw coreError('INVALID_OPTIONS', { path: 'sagas.sagas', problem: 'must not hold two sagas of one name' });
    this.#worker = new Worker({
      store: this.#store,
      sagas: this.#sagas,
      runtime: this.#runtime,
      leaseMs: durationMs(checked.lease, 'sagas.lease'),
      concurrency: checked.concurrency,
      scanMs: durationMs(checked.scan, 'sagas.scan'),
    });
    const drainMs = durationMs(checked.drainTimeout, 'sagas.drainTimeout');
    this.#life = component(this.name, {
      open: async () => {
        await this.#store.open();
        this.#worker.start();
      },
      close: async () => {
        await this.#worker.stop(drainMs);
        await this.#store.close();
      },
    });
    this.on = this.#life.on;
  }

  get state(): ComponentState {
    return this.#life.state;
  }

  start(): Promise<void> {
    return this.#life.start();
  }

  /** Finishes what runs within the drain timeout; what is left goes to other workers, or on at the next start. */
  stop(): Promise<void> {
    return this.#life.stop();
  }

  health(): Promise<Health> {
    return this.#life.health();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /**
   * Resolves when the start is durable: from then on the saga ends, whatever happens to this process. The same `id` again
   * starts nothing and gives the same id back. The saga carries the identity and the trace of `call`, not its deadline.
   * @throws INVALID_DATA, SAGA_UNKNOWN, NOT_RUNNING: nothing was started.
   */
  async startSaga<N extends S[number]['name']>(
    name: N,
    input: InputOf<Named<S, N>>,
    options: { readonly id?: string; readonly call?: Call } = {},
  ): Promise<SagaId<OutputOf<Named<S, N>>>> {
    const saga = this.#sagas.get(name);
    if (!saga) throw sagaError('SAGA_UNKNOWN', { saga: name, known: [...this.#sagas.keys()] });
    if (this.state !== 'running') throw coreError('NOT_RUNNING', { component: this.name, state: this.state });
    const checked = await checkData(name, saga.input, input);
    const { clock } = this.#runtime;
    const id = options.id ?? newId(this.#runtime);
    const call = writeCallAttributes((options.call ?? Call.root({ runtime: this.#runtime })).detach());
    const createdAt = Math.floor(clock.epoch());
    const record = { id, saga: saga.name, fingerprint: saga.fingerprint, input: JSON.stringify(checked), call, createdAt };
    await this.#store.create(record, { at: createdAt, worker: 'client', fence: 0, what: 'started' });
    this.#worker.wake();
    return id as SagaId<OutputOf<Named<S, N>>>;
  }

  /** An id that came as text, with the type of its saga. @throws SAGA_NOT_FOUND, also when it is a saga of another name */
  async find<N extends S[number]['name']>(name: N, id: string): Promise<SagaId<OutputOf<Named<S, N>>>> {
    if ((await this.#load(id)).saga !== name) throw sagaError('SAGA_NOT_FOUND', { id });
    return id as SagaId<OutputOf<Named<S, N>>>;
  }

  /**
   * Waits for the end of a saga, whichever process carries it on, and gives what it returns.
   * @throws SAGA_COMPENSATED, SAGA_COMPENSATION_FAILED, SAGA_NOT_FOUND; the reason of the call when that is cancelled
   */
  async result<Out>(id: SagaId<Out>, call: Call = Call.root({ runtime: this.#runtime })): Promise<Out> {
    const record = await this.#ended(id, call);
    const { status, failure, steps, saga, input } = record;
    if (status === 'completed') {
      const results = Object.fromEntries(
        steps.map(({ step, result }) => [step, result === undefined ? undefined : (JSON.parse(result) ?? undefined)]),
      );
      return this.#sagas.get(saga)?.output({ input: JSON.parse(input), results }) as Out;
    }
    const why = failure ?? { code: 'UNKNOWN', message: 'unknown', step: 'unknown' };
    if (status === 'compensated') throw sagaError('SAGA_COMPENSATED', { id, step: why.step, failure: why });
    const parked = steps.filter((step) => step.status === 'undo_failed').map(({ step }) => step);
    throw sagaError('SAGA_COMPENSATION_FAILED', { id, failure: why, steps: parked });
  }

  /** @throws SAGA_NOT_FOUND */
  async get(id: string): Promise<SagaView> {
    const { saga, status, failure, steps } = await this.#load(id);
    return { id, saga, status, steps, ...(failure && { failure }) };
  }

  /** Everything that happened to a saga, in order: intents, attempts, outcomes, undos, and which worker. */
  history(id: string): Promise<readonly HistoryEntry[]> {
    return this.#store.history(id);
  }

  async #load(id: string): Promise<SagaRecord> {
    const record = await this.#store.load(id);
    if (!record) throw sagaError('SAGA_NOT_FOUND', { id });
    return record;
  }

  async #ended(id: string, call: Call): Promise<SagaRecord> {
    for (;;) {
      const changed = new AbortController();
      const unwatch = this.#store.watch(() => changed.abort());
      try {
        const record = await this.#load(id);
        if (isFinal(record.status)) return record;
        call.throwIfOver('the saga');
        await sleep(this.#runtime.clock, longestWaitMs, { signal: changed.signal }).catch(() => undefined); // something changed: look again
      } finally {
        unwatch();
      }
    }
  }
}
