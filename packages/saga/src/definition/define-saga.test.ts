import { defineEvents, type EventDraft, event } from '@tutti/core';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { defineSaga } from './define-saga.ts';
import type { StepNode, TxWriter } from './node.ts';
import type { AnySaga, SagaDefinition } from './saga-definition.ts';
import type { InputOf, OutputOf } from './saga-types.ts';
import { retriableDefaults, stepDefaults, undoDefaults } from './step-defaults.ts';

const events = defineEvents({
  'trip.asked': event(z.object({ to: z.string(), by: z.string() })),
  'trip.booked': event(z.object({ seat: z.number() })),
});
const begin = () => defineSaga(events, 'trip', { input: z.object({ to: z.string(), nights: z.number().default(2) }) });
type Input = { to: string; nights: number };

type ResultsOf<D> = D extends SagaDefinition<string, infer _I, infer _In, infer R, infer _Out> ? R : never;

describe('defineSaga', () => {
  it('infers inputs, the results before, and the own result in the undo', () => {
    const trip = begin()
      .step('flight', {
        run: async ({ input, results }) => {
          expectTypeOf(input).toEqualTypeOf<Input>();
          expectTypeOf(results).toEqualTypeOf<unknown>();
          return { seat: 12 };
        },
        compensate: ({ input, result, outcome, results }) => {
          expectTypeOf(input).toEqualTypeOf<Input>();
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
            compensate: ({ results }) => expectTypeOf(results.flight).toEqualTypeOf<{ seat: number } | undefined>(),
          })
          .step('car', {
            run: ({ results }) => {
              // @ts-expect-error a branch does not see the one beside it
              void results.hotel;
              return true;
            },
          }),
      )
      .returns(({ results, input }) => `${results.hotel}${results.car}${results.flight.seat}${input.nights}`);
    expectTypeOf<InputOf<typeof trip>>().toEqualTypeOf<{ to: string; nights?: number | undefined }>();
    expectTypeOf<OutputOf<typeof trip>>().toEqualTypeOf<string>();
    expectTypeOf(trip.name).toEqualTypeOf<'trip'>();
    expect(trip.output({ input: { to: 'Rome', nights: 1 }, results: { flight: { seat: 12 }, hotel: 'room', car: true } })).toBe(
      'roomtrue121',
    );
  });

  it('is a definition of its own without returns, and gives undefined', () => {
    const trip = begin().step('flight', { run: () => 1 });
    expectTypeOf<OutputOf<typeof trip>>().toEqualTypeOf<undefined>();
    expect(trip.output({ input: { to: 'Rome', nights: 1 }, results: { flight: 1 } })).toBeUndefined();
  });

  it('gives steps the defaults of what they are, and every option that was given', () => {
    const retry = { maxAttempts: 2, backoff: stepDefaults.retry.backoff };
    const [plain, full, pure, pivot, forward] = begin()
      .step('plain', { run: () => 1 })
      .step('full', {
        run: () => 1,
        compensate: () => 2,
        retry,
        timeout: '2s',
        totalTimeout: '1.1s', // 1100.0000000000002 ms as a number
        undoRetry: retry,
        undoTimeout: '3s',
      })
      .step('pure', { run: () => 1, intent: false })
      .pivot('pay', { run: () => 1, totalTimeout: '5m' })
      .step('mail', { kind: 'retriable', run: () => 1 }).nodes as readonly StepNode[];
    const undo = { undoRetry: undoDefaults.retry, undoTimeoutMs: 60_000 };
    const usual = { retry: stepDefaults.retry, timeoutMs: 60_000, ...undo, role: 'compensatable', tx: false, intent: true };
    expect(plain).toEqual({ kind: 'step', name: 'plain', run: plain?.run, ...usual });
    expect(full).toMatchObject({ retry, timeoutMs: 2_000, totalTimeoutMs: 1_100, undoRetry: retry, undoTimeoutMs: 3_000 });
    expect(pure).toMatchObject({ ...usual, intent: false });
    expect(pivot).toMatchObject({ ...usual, role: 'pivot', totalTimeoutMs: 300_000 });
    expect(forward).toMatchObject({ ...usual, role: 'retriable', retry: retriableDefaults.retry });
  });

  it('undoes with a patience of about a day', () => {
    const { maxAttempts, backoff } = undoDefaults.retry;
    const pauses = Array.from({ length: maxAttempts - 1 }, (_, index) => backoff.delayMs(index + 1, () => 0.5));
    expect(pauses.reduce((sum, pause) => sum + pause, 0) / 3_600_000).toBeCloseTo(24.4, 0);
  });

  it('makes what a list of sagas takes, whether it may get more or not', () => {
    const open = begin().step('a', { run: () => 1 });
    const forward = open.pivot('b', { run: () => 1 });
    const closed = forward.returns(() => 2);
    const sagas: readonly AnySaga[] = [open, forward, closed];
    expect(new Set(sagas.map(({ name }) => name))).toEqual(new Set(['trip']));
    expect(closed).not.toHaveProperty('step');
    expect(sagas.map(({ pivotStep }) => pivotStep)).toEqual([undefined, 'b', 'b']);
    expect(sagas.map((saga) => saga.events)).toEqual([events, events, events]);
  });

  it('is never changed by adding to it', () => {
    const short = begin().step('a', { run: () => 1 });
    short.step('b', { run: () => 2 });
    expect(short.nodes).toHaveLength(1);
    expect(() => Object.assign(short, { name: 'other' })).toThrowError(TypeError);
  });
});

describe('a tx', () => {
  it('is given what collects statements, and has no intent of its own', () => {
    const trip = begin().tx('book', {
      run: async ({ tx, input }) => {
        expectTypeOf(tx).toEqualTypeOf<TxWriter>();
        tx.write('INSERT INTO trips VALUES (?)', [input.to], { expectedRows: 1 });
        return { id: 7 };
      },
      compensate: ({ tx, result }) => tx.write('DELETE FROM trips WHERE id = ?', [result?.id ?? 0]),
    });
    expectTypeOf<ResultsOf<typeof trip>['book']>().toEqualTypeOf<{ id: number }>();
    expect(trip.nodes).toMatchObject([{ kind: 'step', tx: true, intent: false, role: 'compensatable' }]);
    begin().step('plain', {
      // @ts-expect-error an ordinary step has no part in the commit
      run: ({ tx }) => tx,
    });
  });
});

describe('events', () => {
  it('may begin a saga, each type once, with an input that its schema takes', () => {
    const trip = begin()
      .startOn('trip.asked', (asked) => {
        expectTypeOf(asked.data).toEqualTypeOf<{ to: string; by: string }>();
        return { to: asked.data.to };
      })
      .step('flight', { run: () => 1 })
      .startOn('trip.booked', (booked) => ({ to: `${booked.data.seat}`, nights: 1 }));
    expect(trip.settings.starts.map(({ type }) => type)).toEqual(['trip.asked', 'trip.booked']);
    const asked = { type: 'trip.asked', data: { to: 'Rome', by: 'ada' } } as never;
    expect(trip.settings.starts[0]?.input(asked)).toEqual({ to: 'Rome' });
    expect(() => trip.startOn('trip.asked', () => ({ to: 'x' }))).toThrowError('begins the saga already: trip.asked');
    // @ts-expect-error no such event
    expect(() => begin().startOn('trip.aksed', () => ({ to: 'x' }))).toThrowError(/saga\.trip\.startOn must be 'trip\.asked' or/);
    // @ts-expect-error not an input of this saga
    begin().startOn('trip.asked', () => ({ too: 'x' }));
    expect(() => begin().startOn('trip.asked', 7 as never)).toThrowError(/startOn must be a function/);
  });

  it('are said by steps and undos in the types of the catalogue', () => {
    begin().step('flight', {
      run: ({ publish }) => {
        publish({ type: 'trip.booked', source: 'trips', data: { seat: 1 } });
        // @ts-expect-error data of another event
        publish({ type: 'trip.booked', source: 'trips', data: { to: 'x', by: 'y' } });
        // @ts-expect-error no such event
        publish({ type: 'trip.boked', source: 'trips', data: { seat: 1 } });
      },
      compensate: ({ publish }) => publish({ type: 'trip.asked', source: 'trips', id: 'again', data: { to: 'x', by: 'y' } }),
    });
    expectTypeOf<EventDraft>().toExtend<Parameters<Parameters<StepNode['run']>[0]['publish']>[0]>();
  });
});

describe('a wrong definition', () => {
  const options = { input: z.object({}) };
  const saga = (more: object) => defineSaga(events, 'trip', { ...options, ...more });
  const step = (more: object) => begin().step('a', { run: () => 1, ...more } as never);
  it.each([
    [() => defineSaga(events, 'Trip' as 'trip', options), /saga\.name must be at most 100 lower-case letters/],
    [() => defineSaga(undefined as never, 'trip', options), /saga\.trip\.events must be the result of defineEvents/],
    [() => defineSaga(events, 'trip', { input: {} as never }), /saga\.trip\.input must be a Standard Schema/],
    [() => saga({ timeout: 5 }), /saga\.trip\.timeout must be a duration/],
    [() => saga({ timeout: '0s' }), /saga\.trip\.timeout must be longer, got '0s'/],
    [() => saga({ concurrencyKey: 'id' }), /saga\.trip\.concurrencyKey must be a function/],
    [() => saga({ concurrencyKey: () => 'k', whenLocked: 'wait' }), /saga\.trip\.whenLocked must be 'queue' or 'reject' or 'join'/],
    [() => saga({ whenLocked: 'join' }), /saga\.trip\.whenLocked needs a concurrencyKey/],
    [() => saga({ lockWait: '1m' }), /saga\.trip\.lockWait needs a concurrencyKey/],
    [() => saga({ concurrencyKey: () => 'k', whenLocked: 'join', lockWait: '1m' }), /saga\.trip\.lockWait is for a queue/],
    [() => saga({ onUndoFailure: 'stop' }), /saga\.trip\.onUndoFailure must be 'continue' or 'halt'/],
    [() => saga({ maxPayload: 0 }), /saga\.trip\.maxPayload must be a whole number ≥ 1/],
    [() => saga({ redact: ['a', 7] }), /saga\.trip\.redact\[1\] must be a non-empty string/],
    [() => saga({ retries: 7 }), /saga\.trip\.retries is not an option/],
    [() => begin().step('a', {} as never), /saga\.trip\.a\.run is missing/],
    [() => begin().step('a', undefined as never), /saga\.trip\.a\.run is missing/],
    [() => step({ timeout: 5 }), /saga\.trip\.a\.timeout must be a duration/],
    [() => step({ totalTimeout: '0.2ms' }), /saga\.trip\.a\.totalTimeout must be longer, got '0\.2ms'/],
    [() => step({ compensate: 5 }), /saga\.trip\.a\.compensate must be a function/],
    [
      () => step({ retry: { maxAttempts: 0, backoff: { delayMs: () => 1 } } }),
      /saga\.trip\.a\.retry\.maxAttempts must be a whole number ≥ 1/,
    ],
    [() => step({ retry: { maxAttempts: 1, backoff: {} } }), /saga\.trip\.a\.retry\.backoff must be a Backoff/],
    [() => step({ intent: true }), /saga\.trip\.a\.intent must be false/],
    [() => step({ undoRetry: undoDefaults.retry }), /saga\.trip\.a\.undoRetry needs a compensate/],
    [() => step({ undoTimeout: '1s' }), /saga\.trip\.a\.undoTimeout needs a compensate/],
    [() => begin().sleep('a', 5 as never), /saga\.trip\.a must be a duration/],
    [() => begin().tx('a', { run: () => 1, intent: false } as never), /saga\.trip\.a\.intent is not an option of a tx/],
    [() => (begin() as unknown as { returns(output: unknown): unknown }).returns(() => 1), /saga\.trip has no steps/],
    [
      () =>
        begin()
          .step('a', { run: () => 1 })
          .returns(7 as never),
      /saga\.trip\.returns must be a function/,
    ],
  ])('is refused with its path (%#)', (make, message) => {
    expect(make).toThrowError(expect.objectContaining({ code: 'INVALID_OPTIONS' }));
    expect(make).toThrowError(message);
  });

  it('does not compile with an undo and no intent', () => {
    // @ts-expect-error nobody would know that there is something to undo
    expect(() => begin().step('a', { run: () => 1, compensate: () => 2, intent: false })).toThrowError(
      /saga\.trip\.a\.compensate needs an intent/,
    );
  });

  it('is no definition without steps', () => {
    // @ts-expect-error there is nothing to start
    const definition: SagaDefinition<'trip', Input, never, unknown, undefined> = begin();
    expect(definition.nodes).toBeUndefined();
  });
});

describe('the settings', () => {
  it('are those of the options, with their defaults', () => {
    const plain = begin().step('a', { run: () => 1 });
    expect(plain.settings).toEqual({ onUndoFailure: 'continue', maxPayloadBytes: 262_144, redact: [], starts: [] });
    const full = defineSaga(events, 'trip', {
      input: z.object({ to: z.string().default('Rome') }),
      timeout: '2h',
      concurrencyKey: ({ to }) => to,
      lockWait: '1m',
      onUndoFailure: 'halt',
      maxPayload: 1_000,
      redact: ['card'],
    }).step('a', { run: () => 1 });
    expect(full.settings).toMatchObject({
      timeoutMs: 7_200_000,
      lock: { whenLocked: 'queue', waitMs: 60_000 },
      onUndoFailure: 'halt',
      maxPayloadBytes: 1_000,
      redact: ['card'],
    });
    expect(full.settings.lock?.key({ to: 'Oslo' })).toBe('Oslo');
  });
});
