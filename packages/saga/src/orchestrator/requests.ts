import { checkOptions, text } from '@tutti/core';
import type { AnySaga } from '../definition/saga-definition.ts';
import type { PayloadCodec } from '../engine/payload-codec.ts';
import { SagaState } from '../engine/saga-state.ts';
import type { StoreTime } from '../engine/store-time.ts';
import { sagaError } from '../errors.ts';
import type { OpenedStatus, SagaDesk } from '../store/saga-desk.ts';
import type { SagaRequest, SagaStatus } from '../store/saga-record.ts';
import { loadSaga } from './load-saga.ts';
import { legalVerbs } from './saga-view.ts';

/** Takes what operators ask: only what is legal now, and only if it still is when the store keeps it. */
export class Requests {
  readonly #desk: SagaDesk;
  readonly #codec: PayloadCodec;
  readonly #sagas: ReadonlyMap<string, AnySaga>;
  readonly #time: StoreTime;

  constructor(desk: SagaDesk, codec: PayloadCodec, sagas: ReadonlyMap<string, AnySaga>, time: StoreTime) {
    this.#desk = desk;
    this.#codec = codec;
    this.#sagas = sagas;
    this.#time = time;
  }

  /** Resolves when the request is durable. @throws INVALID_OPTIONS, SAGA_NOT_FOUND, SAGA_REQUEST_REFUSED */
  async ask(id: string, request: Omit<SagaRequest, 'at'>): Promise<void> {
    const { verb, step, actor, reason } = request;
    checkOptions(`sagas.${verb}`, { actor, reason }, { required: { actor: text, reason: text } });
    const record = await loadSaga(this.#desk, id);
    const legal = legalVerbs(record.status, new SagaState(this.#codec, record.entries), this.#sagas.get(record.saga));
    const named = legal.map((one) => (one.step === undefined ? one.verb : `${one.verb} '${one.step}'`));
    const refused = (status: SagaStatus): Error =>
      sagaError('SAGA_REQUEST_REFUSED', { id, verb: step === undefined ? verb : `${verb} '${step}'`, status, legal: named });
    if (!legal.some((one) => one.verb === verb && one.step === step)) throw refused(record.status);
    const had = await this.#desk.ask(id, { ...request, at: this.#time.now() }, [record.status], openedTo(record.status));
    if (had === undefined) throw sagaError('SAGA_NOT_FOUND', { id });
    if (had !== record.status) throw refused(had);
  }
}

/** A parked saga is opened by what is asked of it. */
function openedTo(status: SagaStatus): OpenedStatus | undefined {
  if (status === 'stuck') return 'running';
  return status === 'compensation_failed' ? 'compensating' : undefined;
}
