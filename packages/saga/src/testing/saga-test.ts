import { checkOptions, type Duration, durationMs, flag, type OptionRules, objectWith, wholeNumber } from '@tutti/core';
import { type TestRuntime, testRuntime } from '@tutti/core/testing';
import { memoryStore } from '../adapters/memory.ts';
import type { AnySaga } from '../definition/saga-definition.ts';
import type { InputOf, NamedSaga } from '../definition/saga-types.ts';
import type { PayloadCodec } from '../engine/payload-codec.ts';
import type { SagaBus } from '../orchestrator/orchestrator-options.ts';
import { SagaOrchestrator } from '../orchestrator/saga-orchestrator.ts';
import type { SagaStore } from '../store/saga-store.ts';
import { type Life, lifeOn } from './life.ts';
import { SagaTestRun } from './saga-test-run.ts';

export interface SagaTestOptions {
  /** @defaultValue a memory store of its own */
  readonly store?: SagaStore;
  readonly bus?: SagaBus;
  readonly codec?: PayloadCodec;
  /** Forgets everything but the store after every outcome, as if the process ended there each time. @defaultValue false */
  readonly amnesia?: boolean;
  /** Of ids and jitter. @defaultValue 1 */
  readonly seed?: number;
}

const rules: OptionRules<SagaTestOptions> = {
  optional: {
    store: objectWith('a SagaStore', 'create', 'claim', 'checkpoint'),
    bus: objectWith('an EventBus', 'publish', 'subscribe'),
    codec: objectWith('a PayloadCodec', 'encode', 'decode'),
    amnesia: flag,
    seed: wholeNumber(),
  },
};

/** Nothing is looked for or renewed while nothing happens, or a month of virtual time would take seconds of real time. */
const seldom = { lease: '12h', scan: '12h' } as const;

/** Sagas on a clock that stands still until the test moves it. */
export class SagaTest<const S extends readonly AnySaga[]> implements AsyncDisposable {
  readonly runtime: TestRuntime;
  readonly store: SagaStore;
  readonly #sagas: S;
  readonly #options: SagaTestOptions;
  readonly #ids = new Set<string>();
  #life: Life<TestRuntime> | undefined;
  #orchestrator: SagaOrchestrator<S> | undefined;

  constructor(sagas: S, options: SagaTestOptions = {}) {
    const { store = memoryStore(), seed = 1 } = checkOptions('sagaTest', options, rules);
    this.#sagas = sagas;
    this.#options = options;
    this.runtime = testRuntime(seed);
    this.store = store;
  }

  /** What carries the sagas on now; another one after a crash. Started by the first `when`. */
  get sagas(): SagaOrchestrator<S> {
    this.#orchestrator ??= this.#make();
    return this.#orchestrator;
  }

  /** Starts a saga, and lets a second go by. */
  async when<N extends S[number]['name']>(
    name: N,
    input: InputOf<NamedSaga<S, N>>,
    options: { readonly id?: string } = {},
  ): Promise<SagaTestRun<NamedSaga<S, N>>> {
    await this.sagas.start();
    const starting = this.sagas.startSaga(name, input, options);
    starting.catch(() => undefined); // it is awaited once its time has come
    await this.advance('1s');
    const id = await starting;
    this.#ids.add(id);
    return new SagaTestRun<NamedSaga<S, N>>(this, id);
  }

  /** Lets so much time go by, and everything happen that falls due in it. */
  async advance(time: Duration): Promise<void> {
    await this.runtime.clock.advance(durationMs(time, 'sagaTest.advance'));
  }

  /**
   * Ends the process as SIGKILL does, in whatever it is doing, and lets a second go by in a new one. Leases of the dead one have run out by then,
   * for which no time has to pass.
   */
  async crash(): Promise<void> {
    this.#life?.end();
    for (const id of this.#ids) {
      const { owner, fence = 0 } = (await this.store.desk.load(id)) ?? {};
      if (owner !== undefined) await this.store.renew(owner, [{ id, fence }], 0);
    }
    this.#orchestrator = this.#make();
    await this.#orchestrator.start();
    await this.advance('1s');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopping = this.#orchestrator?.stop();
    await this.advance('10s');
    await stopping;
  }

  #make(): SagaOrchestrator<S> {
    const { bus, codec, amnesia = false } = this.#options;
    this.#life = lifeOn(this.runtime, this.store);
    const { store, runtime } = this.#life;
    const optional = { ...(bus && { bus }), ...(codec && { codec }) };
    return new SagaOrchestrator({ store, runtime, sagas: this.#sagas, amnesia, ...seldom, ...optional });
  }
}

/**
 * Sagas under test: on a virtual clock, in memory, in this process.
 *
 * @example
 * ```ts
 * import { defineEvents } from '@tutti/core';
 * import { defineSaga } from '@tutti/saga';
 * import { sagaTest } from '@tutti/saga/testing';
 * import { z } from 'zod';
 *
 * const trial = defineSaga(defineEvents({}), 'trial', { input: z.object({ user: z.string() }) })
 *   .step('grant', { run: () => 'granted', compensate: () => undefined })
 *   .sleep('a month', '30d')
 *   .step('ask', { run: ({ input }) => `would you stay, ${input.user}?` })
 *   .returns(({ results }) => results.ask);
 *
 * await using test = sagaTest([trial]);
 * const run = await test.when('trial', { user: 'ada' });
 * await run.advance('30d');
 * await run.completed('would you stay, ada?');
 * ```
 */
export function sagaTest<const S extends readonly AnySaga[]>(sagas: S, options: SagaTestOptions = {}): SagaTest<S> {
  return new SagaTest(sagas, options);
}

/**
 * One saga under test.
 *
 * @example
 * ```ts
 * import { defineEvents } from '@tutti/core';
 * import { defineSaga, terminal } from '@tutti/saga';
 * import { given } from '@tutti/saga/testing';
 * import { z } from 'zod';
 *
 * const trip = defineSaga(defineEvents({}), 'trip', { input: z.object({}) })
 *   .step('flight', { run: () => 1, compensate: () => undefined })
 *   .step('hotel', { run: () => Promise.reject(terminal('it is full')) });
 *
 * const run = await given(trip).when({});
 * await run.compensated({ step: 'hotel', code: 'SAGA_TERMINAL' });
 * await run.undone(['flight']);
 * ```
 */
export function given<const D extends AnySaga>(
  saga: D,
  options: SagaTestOptions = {},
): { when(input: InputOf<D>, start?: { readonly id?: string }): Promise<SagaTestRun<D>> } {
  const test = sagaTest([saga], options);
  return { when: (input, start) => test.when(saga.name, input as never, start) as unknown as Promise<SagaTestRun<D>> };
}
