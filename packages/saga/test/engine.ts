import { defineEvents } from '@tutti/core';
import { type TestRuntime, testRuntime } from '@tutti/core/testing';
import { type AnySaga, memoryStore, SagaOrchestrator, type SagaOrchestratorOptions, type SagaStore } from '@tutti/saga';

export const events: Record<never, never> = defineEvents({});

/** Stores on which the engine's behaviour must be the same. */
export const stores: Readonly<Record<string, () => SagaStore>> = {
  memory: () => memoryStore(),
};

/** Runs sagas on a store and a clock that only the test moves. */
export async function withSagas<S extends readonly AnySaga[]>(
  makeStore: () => SagaStore,
  sagas: S,
  work: (orchestrator: SagaOrchestrator<S>, runtime: TestRuntime, store: SagaStore) => Promise<void>,
  options: Partial<SagaOrchestratorOptions<S>> = {},
): Promise<void> {
  const runtime = testRuntime();
  const store = makeStore();
  const orchestrator = new SagaOrchestrator({ store, sagas, runtime, ...options });
  await orchestrator.start();
  try {
    await work(orchestrator, runtime, store);
  } finally {
    const stopping = orchestrator.stop();
    await runtime.clock.advance(10_000);
    await stopping;
  }
}

/** The outcome of a promise on a manual clock, which is moved until it has one. */
export async function after<T>(
  runtime: TestRuntime,
  ms: number,
  work: Promise<T>,
): Promise<T | { code: string; message: string; details: unknown }> {
  const outcome = work.catch((error: unknown) => error as { code: string; message: string; details: unknown });
  await runtime.clock.advance(ms);
  return outcome;
}
