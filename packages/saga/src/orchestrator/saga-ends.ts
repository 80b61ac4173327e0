import { type Call, type Handler, type Runtime, sleep, timeout } from '@tutti/core';
import type { AnySaga } from '../definition/saga-definition.ts';
import type { Ending, Held } from '../engine/held.ts';
import type { PayloadCodec } from '../engine/payload-codec.ts';
import { SagaState } from '../engine/saga-state.ts';
import { settled } from '../engine/settled.ts';
import type { Worker } from '../engine/worker.ts';
import { sagaError } from '../errors.ts';
import type { SagaDesk } from '../store/saga-desk.ts';
import { sagaId } from '../store/saga-id.ts';
import { isOver, isParked, type SagaRecord } from '../store/saga-record.ts';
import { loadSaga } from './load-saga.ts';

/** A saga that is over or parked: as its run has left it here, or as the store has it. */
export type SagaEnd = (Ending & { readonly input: unknown; readonly saga: string }) | SagaRecord;

/** Those who wait for one saga. */
interface Wait {
  readonly end: Promise<SagaEnd>;
  resolve(end: SagaEnd): void;
  reject(error: unknown): void;
  waiting: number;
  /** The run here that it was asked of. */
  here: Held | undefined;
}

const longestWaitMs = 1_000;
/** The store rings for each change. */
const shortestWaitMs = 20;
/** So many are simply loaded; of more the store is asked first which have ended. */
const fewIds = 4;
const mostIds = 500;

/** Waits for the end of sagas: without asking the store for those that run here, and together for all others. */
export class SagaEnds {
  readonly #desk: SagaDesk;
  readonly #worker: Worker;
  readonly #runtime: Runtime;
  readonly #inTime: Handler<string, SagaEnd>;
  readonly #waits = new Map<string, Wait>();
  /** Begun in this turn, and not looked for yet. */
  readonly #fresh: string[] = [];
  /** Ends the pause between two looks; undefined while nobody waits. */
  #wake: (() => void) | undefined;

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
      const end = endOf(here, await settled(here.ended, call));
      if (end) return end;
    }
    // what no store can have must not be asked for together with what others wait for
    if (sagaId(id) !== undefined) throw sagaError('SAGA_NOT_FOUND', { id });
    const wait = this.#waits.get(id) ?? this.#begin(id);
    wait.waiting++;
    try {
      return await settled(wait.end, call);
    } finally {
      if (--wait.waiting === 0 && this.#waits.get(id) === wait) this.#end(id);
    }
  }

  #begin(id: string): Wait {
    const { promise: end, resolve, reject } = Promise.withResolvers<SagaEnd>();
    end.catch(() => {}); // told to who still waits
    const wait: Wait = { end, resolve, reject, waiting: 0, here: undefined };
    this.#waits.set(id, wait);
    if (this.#wake === undefined) void this.#look().catch((error: unknown) => this.#giveUp(error));
    // who is new does not wait for the next change, nor for those who were there before
    if (this.#fresh.push(id) === 1) this.#runtime.clock.afterInput(() => void this.#lookFor(this.#fresh.splice(0)));
    return wait;
  }

  /** Looks again for all who wait whenever something changed, as long as anybody does. */
  async #look(): Promise<void> {
    const { clock } = this.#runtime;
    let changed = new AbortController();
    this.#wake = () => changed.abort();
    const unwatch = this.#desk.watch(this.#wake);
    try {
      for (;;) {
        await sleep(clock, longestWaitMs, { signal: changed.signal }).catch(() => undefined); // something changed
        if (this.#waits.size === 0) return;
        if (changed.signal.aborted) await sleep(clock, shortestWaitMs);
        changed = new AbortController();
        await this.#lookFor([...this.#waits.keys()]);
        if (this.#waits.size === 0) return;
      }
    } finally {
      this.#wake = undefined;
      unwatch();
    }
  }

  /** The store is closed. */
  #giveUp(error: unknown): void {
    this.#wake = undefined;
    for (const id of [...this.#waits.keys()]) this.#end(id)?.reject(error);
  }

  /** Never rejects. */
  async #lookFor(waiting: readonly string[]): Promise<void> {
    const ids = waiting.filter((id) => this.#isElsewhere(id));
    for (let at = 0; at < ids.length; at += mostIds) await this.#lookForSome(ids.slice(at, at + mostIds));
  }

  async #lookForSome(ids: readonly string[]): Promise<void> {
    try {
      const ended = ids.length <= fewIds ? ids : await this.#desk.ended(ids);
      for (let at = 0; at < ended.length; at += 16) await Promise.all(ended.slice(at, at + 16).map((id) => this.#load(id)));
    } catch (error) {
      for (const id of ids) this.#end(id)?.reject(error);
    }
  }

  /** Never rejects. */
  async #load(id: string): Promise<void> {
    try {
      const record = await loadSaga(this.#desk, id);
      if (isOver(record.status) || isParked(record.status)) this.#end(id)?.resolve(record);
    } catch (error) {
      this.#end(id)?.reject(error);
    }
  }

  /** One that was claimed here meanwhile tells by itself when it ends. */
  #isElsewhere(id: string): boolean {
    const wait = this.#waits.get(id);
    const here = this.#worker.held(id);
    if (!wait || !here) return wait !== undefined;
    if (here === wait.here) return false;
    wait.here = here;
    void here.ended.then(
      (ending) => {
        const end = endOf(here, ending);
        if (end && this.#waits.get(id) === wait) this.#end(id)?.resolve(end);
      },
      () => {}, // it is looked for in the store
    );
    return false;
  }

  #end(id: string): Wait | undefined {
    const wait = this.#waits.get(id);
    this.#waits.delete(id);
    if (this.#waits.size === 0) this.#wake?.();
    return wait;
  }
}

/** Undefined when the run was given up, or left its saga for later. */
function endOf({ subject }: Held, ending: Ending | undefined): SagaEnd | undefined {
  if (!ending || !(isOver(ending.status) || isParked(ending.status))) return undefined;
  return { ...ending, input: subject.input, saga: subject.saga.name };
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
