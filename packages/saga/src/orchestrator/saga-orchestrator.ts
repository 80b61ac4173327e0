import {
  Call,
  type Component,
  type ComponentState,
  checkData,
  checkOptions,
  coreError,
  type Durability,
  defaultRuntime,
  everyTenant,
  type Health,
  type Inspectable,
  type InspectableAction,
  type InspectableResource,
  newId,
  type Page,
  type Runtime,
  writeCallAttributes,
} from '@tutti/core';
import type { AnySaga } from '../definition/saga-definition.ts';
import type { InputOf, NamedSaga, OutputOf } from '../definition/saga-types.ts';
import { jsonCodec, type PayloadCodec, writePayload } from '../engine/payload-codec.ts';
import { sagaError } from '../errors.ts';
import type { SagaStats } from '../store/saga-desk.ts';
import type { SagaId } from '../store/saga-id.ts';
import type { NewSaga, SagaRecord, SagaSummary } from '../store/saga-record.ts';
import type { CreateOptions, SagaStore } from '../store/saga-store.ts';
import { checkKey, checkQuery, checkStart, type SagaListQuery, type StartOptions } from './check-calls.ts';
import { checkWiring, sagasByName } from './check-wiring.ts';
import { type By, sagaActions, sagaResources } from './inspect-sagas.ts';
import { loadSaga } from './load-saga.ts';
import { orchestratorRules, type SagaOrchestratorOptions, sagaOrchestratorDefaults } from './orchestrator-options.ts';
import { parkedSagas } from './parked-sagas.ts';
import { Requests } from './requests.ts';
import { outcomeOfSaga, SagaEnds } from './saga-ends.ts';
import { SagaLife } from './saga-life.ts';
import { type HistoryEntry, historyOf, type SagaView, viewOf } from './saga-view.ts';
import { TenantSagas } from './tenant-sagas.ts';

/**
 * Carries sagas to their end: every step noted before and after it runs, undone in reverse when one fails for good, taken
 * over by any worker on the same store when this process dies.
 */
export class SagaOrchestrator<const S extends readonly AnySaga[]> implements Component, Inspectable {
  readonly name = 'sagas';
  readonly feature = 'saga';
  readonly on: Component['on'];
  readonly #store: SagaStore;
  readonly #sagas: ReadonlyMap<string, AnySaga>;
  readonly #runtime: Runtime;
  readonly #codec: PayloadCodec;
  readonly #life: SagaLife;
  readonly #ends: SagaEnds;
  readonly #requests: Requests;

  constructor(options: SagaOrchestratorOptions<S>) {
    const checked = checkOptions(
      'sagas',
      options as SagaOrchestratorOptions<readonly AnySaga[]>,
      orchestratorRules,
      sagaOrchestratorDefaults,
    );
    this.#store = checked.store;
    this.#runtime = checked.runtime ?? defaultRuntime;
    this.#codec = checked.codec ?? jsonCodec;
    this.#sagas = sagasByName(checked.sagas);
    checkWiring(checked, this.#sagas);
    this.#life = new SagaLife({
      ...checked,
      name: this.name,
      runtime: this.#runtime,
      codec: this.#codec,
      byName: this.#sagas,
      start: async (saga, input, id, call) => void (await this.#start(saga, input, { id, call })),
    });
    this.#ends = new SagaEnds(this.#store.desk, this.#life.worker, this.#runtime);
    this.#requests = new Requests(this.#store.desk, this.#codec, this.#sagas, this.#life.time);
    this.on = this.#life.component.on;
  }

  get state(): ComponentState {
    return this.#life.component.state;
  }

  start(): Promise<void> {
    return this.#life.component.start();
  }

  /** Finishes what runs within the drain timeout; what is left goes to other workers, or on at the next start. */
  stop(): Promise<void> {
    return this.#life.component.stop();
  }

  health(): Promise<Health> {
    return this.#life.component.health();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** What an acknowledged start or checkpoint is worth on this store as it is set, in words. @throws NOT_RUNNING */
  durability(): Durability {
    this.#mustRun();
    return this.#life.durability;
  }

  /**
   * Resolves when the start is durable: from then on the saga ends, whatever happens to this process. Where the business key is
   * taken and the definition says `join`, the id is that of the saga that has it.
   * @throws INVALID_OPTIONS, INVALID_DATA, INVALID_ARGUMENT (the business key), SAGA_UNKNOWN, SAGA_PAYLOAD_REFUSED, NOT_RUNNING, SAGA_LOCKED: nothing was started; STORE_UNAVAILABLE: start again under the same id
   */
  async startSaga<N extends S[number]['name']>(
    name: N,
    input: InputOf<NamedSaga<S, N>>,
    options: StartOptions = {},
  ): Promise<SagaId<OutputOf<NamedSaga<S, N>>>> {
    const saga = this.#sagas.get(name);
    if (!saga) throw sagaError('SAGA_UNKNOWN', { saga: name, known: [...this.#sagas.keys()] });
    return (await this.#start(saga, input, checkStart(options))) as SagaId<OutputOf<NamedSaga<S, N>>>;
  }

  /** An id that came as text, with the type of its saga. @throws SAGA_NOT_FOUND, also when it is a saga of another name */
  async find<N extends S[number]['name']>(name: N, id: string): Promise<SagaId<OutputOf<NamedSaga<S, N>>>> {
    if ((await this.#load(id)).saga !== name) throw sagaError('SAGA_NOT_FOUND', { id });
    return id as SagaId<OutputOf<NamedSaga<S, N>>>;
  }

  /**
   * Waits until a saga is over or parked, whichever process carries it on, and gives what it returns.
   * @throws SAGA_COMPENSATED, SAGA_COMPENSATION_FAILED, SAGA_STUCK, SAGA_NOT_FOUND; the reason of the call when that is cancelled
   */
  async result<Out>(id: SagaId<Out>, call: Call = Call.root({ runtime: this.#runtime })): Promise<Out> {
    const end = await this.#ends.of(id, call);
    return outcomeOfSaga(id, end, this.#codec, this.#sagas) as Out;
  }

  /** @throws SAGA_NOT_FOUND */
  async get(id: string): Promise<SagaView> {
    const record = await this.#load(id);
    return viewOf(record, this.#codec, this.#sagas.get(record.saga));
  }

  /** Everything that happened to a saga, in order: intents, attempts, outcomes, undos, requests, who and where. @throws SAGA_NOT_FOUND */
  async history(id: string): Promise<readonly HistoryEntry[]> {
    const record = await this.#load(id);
    return historyOf(record, this.#codec, this.#sagas.get(record.saga));
  }

  /** The newest first, of a tenant or of `everyTenant`; `limit` is from 1 to 1000. @throws INVALID_OPTIONS; INVALID_ARGUMENT when `after` is not the `next` of a page */
  async list(query: SagaListQuery): Promise<Page<SagaSummary>> {
    this.#mustRun();
    return this.#store.desk.list(checkQuery(query));
  }

  /** What one tenant may see and ask: for it the sagas of others are not there. @throws INVALID_ARGUMENT */
  forTenant(tenant: string): TenantSagas<S> {
    return new TenantSagas(this, tenant);
  }

  async stats(): Promise<SagaStats> {
    this.#mustRun();
    return this.#store.desk.stats();
  }

  /** Cancels what is running and undoes what was begun; not past the pivot. Resolves when the request is durable. @throws SAGA_REQUEST_REFUSED, SAGA_NOT_FOUND */
  cancel(id: string, by: By): Promise<void> {
    return this.#asked(id, { verb: 'cancel', ...by });
  }

  /** Opens a parked saga again: what failed for good is tried again, with all its attempts. @throws SAGA_REQUEST_REFUSED, SAGA_NOT_FOUND */
  retry(id: string, by: By): Promise<void> {
    return this.#asked(id, { verb: 'retry', ...by });
  }

  /** Takes a step whose undo failed for good as undone. @throws SAGA_REQUEST_REFUSED, SAGA_NOT_FOUND */
  skip(id: string, step: string, by: By): Promise<void> {
    return this.#asked(id, { verb: 'skip', step, ...by });
  }

  resources(): readonly InspectableResource[] {
    return sagaResources({
      list: (page) => this.list({ ...page, tenant: everyTenant }),
      parked: (page) => parkedSagas(this, page),
      describe: () => [...this.#sagas.values()].map((saga) => ({ ...saga.describe() })),
      counts: async () => (await this.stats()).counts.map((count) => ({ ...count })),
    });
  }

  actions(): readonly InspectableAction[] {
    return sagaActions({
      cancel: (id, by) => this.cancel(id, by),
      retry: (id, by) => this.retry(id, by),
      skip: (id, step, by) => this.skip(id, step, by),
      history: (id, tenant) => (tenant === undefined ? this : this.forTenant(tenant)).history(id),
    });
  }

  async #start(saga: AnySaga, input: unknown, options: StartOptions): Promise<string> {
    this.#mustRun();
    const checked = await checkData(saga.name, saga.input, input);
    const { timeoutMs, lock, maxPayloadBytes } = saga.settings;
    const { time, worker, counter } = this.#life;
    const id = options.id ?? newId(this.#runtime);
    const now = time.now();
    const key = lock?.key(checked);
    if (lock) checkKey(saga.name, key);
    const deadline = timeoutMs === undefined ? undefined : now + timeoutMs;
    const queuedUntil = Math.min(
      lock?.waitMs === undefined ? Number.POSITIVE_INFINITY : now + lock.waitMs,
      deadline ?? Number.POSITIVE_INFINITY,
    );
    const record: NewSaga = {
      id,
      saga: saga.name,
      fingerprint: saga.fingerprint,
      input: writePayload(this.#codec, `the input of '${saga.name}'`, checked, maxPayloadBytes),
      call: writeCallAttributes((options.call ?? Call.root({ runtime: this.#runtime })).detach()),
      createdAt: now,
      entries: [{ seq: 1, at: now, worker: worker.id, fence: 0, what: 'started' }],
      ...(deadline !== undefined && { deadline }),
      ...(key !== undefined && { lockKey: `${saga.name}/${key}` }),
    };
    const create: CreateOptions = {
      whenLocked: lock === undefined || lock.whenLocked === 'queue' ? 'queue' : 'refuse',
      ...(lock && queuedUntil < Number.POSITIVE_INFINITY && { queuedUntil }),
    };
    const { created, lockedBy } = await worker.begin(saga, record, create);
    if (created) counter.started(saga.name);
    if (created || lockedBy === undefined || lockedBy === id) return id;
    if (lock?.whenLocked === 'join') return lockedBy;
    throw sagaError('SAGA_LOCKED', { key: key ?? '', holder: lockedBy });
  }

  async #asked(id: string, request: { readonly verb: 'cancel' | 'retry' | 'skip'; readonly step?: string } & By): Promise<void> {
    this.#mustRun();
    await this.#requests.ask(id, request);
    this.#life.worker.wake();
  }

  async #load(id: string): Promise<SagaRecord> {
    this.#mustRun();
    return loadSaga(this.#store.desk, id);
  }

  #mustRun(): void {
    if (this.state !== 'running') throw coreError('NOT_RUNNING', { component: this.name, state: this.state });
  }
}
