import { defineEvents, exponential } from '@tutti/core';
import { type TestRuntime, testRuntime } from '@tutti/core/testing';
import { type AnySaga, memoryStore, SagaOrchestrator, type SagaOrchestratorOptions, type SagaStore, type StepRetry } from '@tutti/saga';
import { sqliteStore } from '@tutti/saga/sqlite';
import { z } from 'zod';
import { lifeOn } from '../src/testing/life.ts';

export const events: Record<never, never> = defineEvents({});
export const empty: z.ZodObject<Record<never, never>> = z.object({});
export const once: StepRetry = { maxAttempts: 1, backoff: exponential() };

/** Pauses of 1, 2, 4 … seconds. */
export const steady = (maxAttempts: number, initial: `${number}${'s' | 'm'}` = '1s'): StepRetry => ({
  maxAttempts,
  backoff: exponential({ initial, max: '1h', jitter: 0 }),
});

/** Stores on which the engine's behaviour must be the same. */
export const stores: Readonly<Record<string, () => SagaStore>> = {
  memory: () => memoryStore(),
  SQLite: () => sqliteStore({ path: ':memory:' }),
};

/** Every store, once with a worker that remembers and once with one that forgets everything after every outcome. */
export const modes: readonly (readonly [name: string, makeStore: () => SagaStore, amnesia: boolean])[] = Object.entries(stores).flatMap(
  ([name, makeStore]) => [[name, makeStore, false] as const, [`${name}, in amnesia`, makeStore, true] as const],
);

/** Runs sagas on a store and a clock that only the test moves. */
export async function withSagas<const S extends readonly AnySaga[]>(
  makeStore: () => SagaStore,
  sagas: S,
  work: (orchestrator: SagaOrchestrator<S>, runtime: TestRuntime, store: SagaStore) => Promise<void>,
  options: Partial<SagaOrchestratorOptions<S>> = {},
): Promise<void> {
  const runtime = options.runtime === undefined ? testRuntime() : (options.runtime as TestRuntime);
  const store = makeStore();
  const orchestrator = new SagaOrchestrator({ store, sagas, runtime, ...options });
  await orchestrator.start();
  try {
    await work(orchestrator, runtime, store);
  } finally {
    await stopped(runtime, orchestrator);
  }
}

/** A started orchestrator in a life of its own, which can end as by SIGKILL. */
export async function mortalWorker<const S extends readonly AnySaga[]>(
  runtime: TestRuntime,
  store: SagaStore,
  sagas: S,
  options: Partial<SagaOrchestratorOptions<S>> = {},
): Promise<{ readonly sagas: SagaOrchestrator<S>; end(): void }> {
  const life = lifeOn(runtime, store);
  const orchestrator = new SagaOrchestrator({ store: life.store, runtime: life.runtime, sagas, ...options });
  await orchestrator.start();
  return { sagas: orchestrator, end: life.end };
}

/** Stops on a clock that stands still. */
export async function stopped(runtime: TestRuntime, ...orchestrators: readonly { stop(): Promise<void> }[]): Promise<void> {
  const stopping = Promise.all(orchestrators.map((one) => one.stop()));
  await runtime.clock.advance(10_000);
  await stopping;
}

/** The outcome of a promise on a manual clock, which is moved so far. */
export async function after<T>(
  runtime: TestRuntime,
  ms: number,
  work: Promise<T>,
): Promise<T | { code: string; message: string; details: unknown }> {
  const outcome = work.catch((error: unknown) => error as { code: string; message: string; details: unknown });
  await runtime.clock.advance(ms);
  return outcome;
}

/** Never ends by itself, and ends with the reason of its cancellation. */
export const untilCancelled = (signal: AbortSignal, told?: (reason: unknown) => void): Promise<never> =>
  new Promise((_resolve, reject) =>
    signal.addEventListener('abort', () => {
      told?.(signal.reason);
      reject(signal.reason);
    }),
  );

/** Never ends, whatever it is told. */
export const forEver = (): Promise<never> => new Promise(() => {});
