import { type Call, type Handler, type Runtime, sleep, timeout } from '@tutti/core';
import type { AnySaga } from '../definition/saga-definition.ts';
import type { Ending } from '../engine/held.ts';
import type { PayloadCodec } from '../engine/payload-codec.ts';
import { SagaState } from '../engine/saga-state.ts';
import { settled } from '../engine/settled.ts';
import type { Worker } from '../engine/worker.ts';
import { sagaError } from '../errors.ts';
import type { SagaDesk } from '../store/saga-desk.ts';
import { isOver, isParked, type SagaRecord } from '../store/saga-record.ts';
import { loadSaga } from './load-saga.ts';

/** A saga that is over or parked: as its run has left it here, or as the store has it. */
export type SagaEnd = (Ending & { readonly input: unknown; readonly saga: string }) | SagaRecord;

const longestWaitMs = 1_000;
/** Many may wait for as many sagas, and the store rings for each change. */
const shortestWaitMs = 20;

/** Waits for the end of sagas: without asking the store for those that run here. */
export class SagaEnds {
  readonly #desk: SagaDesk;
  readonly #worker: Worker;
  readonly #runtime: Runtime;
  readonly #inTime: Handler<string, SagaEnd>;

  constructor(desk: SagaDesk, worker: Worker, runtime: Runtime) {
    this.#desk = desk;
    this.#worker = worker;
    this.#runtime = runtime;
    this.#inTime = timeout({ operation: 'the saga' })((id: string, call) => this.#wait(id, call));
  }

  /** @throws SAGA_NOT_FOUND; the reason of the call when it is cancelled; DEADLINE_EXCEEDED */
  of(id: string, call: Call): Promise<SagaEnd> {
    return this.#inTime(id, call);
  }

  async #wait(id: string, call: Call): Promise<SagaEnd> {
    const here = this.#worker.held(id);
    if (here) {
      const ending = await settled(here.ended, call);
      if (ending && (isOver(ending.status) || isParked(ending.status)))
        return { ...ending, input: here.subject.input, saga: here.subject.saga.name };
    }
    const { clock } = this.#runtime;
    for (;;) {
      const changed = new AbortController();
      const unwatch = this.#desk.watch(() => changed.abort());
      try {
        const record = await loadSaga(this.#desk, id);
        if (isOver(record.status) || isParked(record.status)) return record;
        const waited = sleep(clock, longestWaitMs, { signal: changed.signal }).catch(() => undefined); // something changed: look again
        await settled(waited, call);
        if (changed.signal.aborted) await sleep(clock, shortestWaitMs);
      } finally {
        unwatch();
        changed.abort();
      }
    }
  }
}

/** What a saga that has ended gives: its result, or why there is none. */
export function outcomeOfSaga(id: string, end: SagaEnd, codec: PayloadCodec, sagas: ReadonlyMap<string, AnySaga>): unknown {
  const state = 'state' in end ? end.state : new SagaState(codec, end.entries);
  const input = 'state' in end ? end.input : codec.decode(end.input);
  if (end.status === 'completed') return sagas.get(end.saga)?.output({ input, results: state.results });
  const failure = state.failure ?? { code: 'UNKNOWN', message: 'unknown', step: 'unknown' };
  const { step } = failure;
  if (end.status === 'compensated') throw sagaError('SAGA_COMPENSATED', { id, step, failure });
  if (end.status === 'stuck') throw sagaError('SAGA_STUCK', { id, step, failure });
  const steps = state.steps.filter(({ undo }) => undo.state === 'failed').map((one) => one.step);
  throw sagaError('SAGA_COMPENSATION_FAILED', { id, failure, steps });
}
