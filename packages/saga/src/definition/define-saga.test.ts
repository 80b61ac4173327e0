import { defineEvents } from '@tutti/core';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { memoryStore } from '../adapters/memory.ts';
import { SagaOrchestrator } from '../orchestrator.ts';
import { defineSaga } from './define-saga.ts';

const events = defineEvents({});
const begin = () => defineSaga(events, 'trip', { input: z.object({ to: z.string(), nights: z.number().default(2) }) });

describe('defineSaga', () => {
  it('infers inputs, the results before, and the own result in the undo', () => {
    const trip = begin()
      .step('flight', {
        run: async ({ input }) => {
          expectTypeOf(input).toEqualTypeOf<{ to: string; nights: number }>();
          return { seat: 12 };
        },
        compensate: ({ result, outcome, results }) => {
          expectTypeOf(result).toEqualTypeOf<{ seat: number } | undefined>();
          expectTypeOf(outcome).toEqualTypeOf<'done' | 'failed' | 'unknown'>();
          expectTypeOf(results).toExtend<object>();
        },
      })
      .parallel((both) =>
        both
          .step('hotel', {
            run: ({ results }) => {
              expectTypeOf(results.flight.seat).toEqualTypeOf<number>();
              return 'room';
            },
          })
          .step('car', {
            run: ({ results }) => {
              // @ts-expect-error a branch does not see the one beside it
              void results.hotel;
              return true;
            },
          }),
      )
      .returns(({ results }) => `${results.hotel}${results.car}${results.flight.seat}`);
    const sagas = new SagaOrchestrator({ store: memoryStore(), sagas: [trip] });
    const start = () => sagas.startSaga('trip', { to: 'Rome' });
    expectTypeOf(async () => sagas.result(await start())).returns.resolves.toEqualTypeOf<string>();
    // @ts-expect-error no such saga
    expectTypeOf(() => sagas.startSaga('tripp', { to: 'Rome' })).toBeFunction();
    // @ts-expect-error the input has another shape
    expectTypeOf(() => sagas.startSaga('trip', { too: 'Rome' })).toBeFunction();
  });

  it('refuses a name twice, when compiled and when run', () => {
    const once = begin().step('flight', { run: () => 1 });
    // @ts-expect-error the name is taken
    expect(() => once.step('flight', { run: () => 2 })).toThrowError('saga.trip.flight is the name of another step');
    // @ts-expect-error the name is taken, by a step before the branches
    expect(() => once.parallel((both) => both.step('flight', { run: () => 2 }))).toThrowError(/another step/);
    // @ts-expect-error the name is taken, by the branch beside it
    expect(() => begin().parallel((both) => both.step('a', { run: () => 1 }).step('a', { run: () => 2 }))).toThrowError(/another step/);
  });

  it.each([
    [() => defineSaga(events, 'Trip' as 'trip', { input: z.object({}) }), /saga\.name must be lower-case words/],
    [() => defineSaga(events, 'trip', { input: {} as never }), /saga\.trip\.input must be a Standard Schema/],
    [() => begin().step('a b', { run: () => 1 }), /saga\.trip\.a b must be letters/],
    [() => begin().step('a', {} as never), /saga\.trip\.a\.run is missing/],
    [() => begin().step('a', { run: () => 1, timeout: 5 as never }), /saga\.trip\.a\.timeout must be a duration/],
    [
      () => begin().step('a', { run: () => 1, retry: { maxAttempts: 0, backoff: { delayMs: () => 1 } as never } }),
      /saga\.trip\.a\.retry\.maxAttempts must be a whole number ≥ 1/,
    ],
  ])('refuses a wrong definition with its path (%#)', (make, message) => {
    expect(make).toThrowError(message);
  });

  it('describes its graph, with a fingerprint of the graph and not of the code', () => {
    const one = begin()
      .step('a', { run: () => 1, compensate: () => {} })
      .parallel((both) => both.step('b', { run: () => 1 }).step('c', { run: () => 2 }));
    const same = begin()
      .step('a', { run: () => 99, compensate: () => 'other' })
      .parallel((both) => both.step('b', { run: () => 7 }).step('c', { run: () => 8 }));
    const other = begin()
      .step('a', { run: () => 1 })
      .parallel((both) => both.step('b', { run: () => 1 }).step('c', { run: () => 2 }));
    expect(one.describe().nodes).toEqual([
      { step: 'a', undo: true },
      {
        parallel: [
          { step: 'b', undo: false },
          { step: 'c', undo: false },
        ],
      },
    ]);
    expect(same.fingerprint).toBe(one.fingerprint);
    expect(other.fingerprint).not.toBe(one.fingerprint);
  });

  it('is never changed by adding to it', () => {
    const short = begin().step('a', { run: () => 1 });
    short.step('b', { run: () => 2 });
    expect(short.nodes).toHaveLength(1);
  });
});
