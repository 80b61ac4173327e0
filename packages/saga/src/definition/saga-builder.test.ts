import { defineEvents } from '@tutti/core';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { defineSaga } from './define-saga.ts';
import type { ParallelNode } from './node.ts';
import type { SagaDefinition } from './saga-definition.ts';

const begin = () => defineSaga(defineEvents({}), 'trip', { input: z.object({ to: z.string(), nights: z.number().default(2) }) });
type ResultsOf<D> = D extends SagaDefinition<string, infer _I, infer _In, infer R, infer _Out> ? R : never;

describe('the pivot', () => {
  const paid = () =>
    begin()
      .step('flight', { run: () => 1, compensate: () => 2 })
      .pivot('pay', { run: ({ results }) => `${results.flight}` });

  it('lets only steps follow that are tried until they succeed', () => {
    const trip = paid()
      .step('mail', { kind: 'retriable', run: ({ results }) => results.pay })
      .parallel((both) => both.step('a', { kind: 'retriable', run: () => 1 }).step('b', { kind: 'retriable', run: () => 2, intent: false }))
      .sleep('rest', '1d')
      .when(
        'rich',
        ({ results }) => results.a > 0,
        (way) => way.step('gift', { kind: 'retriable', run: () => 'flowers' }),
      )
      .tx('book', { kind: 'retriable', run: ({ tx }) => tx.write('UPDATE t SET x = ?', [1]) });
    expect(trip.nodes.map((node) => node.kind)).toEqual(['step', 'step', 'step', 'parallel', 'sleep', 'when', 'step']);
    expectTypeOf<ResultsOf<typeof trip>['mail']>().toEqualTypeOf<string>();
  });

  it('refuses what would have to be undone, when compiled and when run', () => {
    // @ts-expect-error not of the kind 'retriable'
    expect(() => paid().step('mail', { run: () => 1 })).toThrowError("saga.trip.mail.kind must be 'retriable'");
    // @ts-expect-error nothing is undone any more
    expect(() => paid().step('mail', { kind: 'retriable', run: () => 1, compensate: () => 2 })).toThrowError(
      'saga.trip.mail.compensate cannot be: after the pivot nothing is undone',
    );
    // @ts-expect-error nothing is undone any more
    expect(() => paid().step('mail', { kind: 'retriable', run: () => 1, undoTimeout: '1s' })).toThrowError(/mail\.undoTimeout cannot be/);
    // @ts-expect-error nothing is undone any more, side by side neither
    expect(() => paid().parallel((p) => p.step('a', { run: () => 1, compensate: () => 2 }))).toThrowError(/trip\.a\.kind must be/);
    expect(() =>
      paid().when(
        'w',
        () => true,
        // @ts-expect-error nothing is undone any more, on no way
        (w) => w.step('a', { run: () => 1 }),
      ),
    ).toThrowError(/trip\.a\.kind must be/);
    // @ts-expect-error nothing is undone any more, in a database neither
    expect(() => paid().tx('a', { run: () => 1, compensate: () => 2 })).toThrowError(/trip\.a\.kind must be/);
  });

  it('can have its effects in the database of the store, and only then gets a writer', () => {
    const booked = begin().pivot('book', {
      tx: true,
      run: ({ tx, input }) => {
        tx.write('INSERT INTO trips VALUES (?)', [input.to], { expectedRows: 1 });
        return input.nights;
      },
    });
    expect(booked.nodes).toMatchObject([{ name: 'book', role: 'pivot', tx: true, intent: false }]);
    expect(booked.pivotStep).toBe('book');
    expectTypeOf<ResultsOf<typeof booked>['book']>().toEqualTypeOf<number>();
    // @ts-expect-error nothing is undone any more
    expect(() => booked.step('mail', { run: () => 1 })).toThrowError("saga.trip.mail.kind must be 'retriable'");
    // @ts-expect-error a pivot has no undo, in a database neither
    expect(() => begin().pivot('book', { tx: true, run: () => 1, compensate: () => 2 })).toThrowError(/book\.compensate cannot be/);
    // @ts-expect-error without `tx: true` there is no writer
    begin().pivot('book', { run: ({ tx }) => tx.write('DELETE FROM trips') });
    // @ts-expect-error it is a tx or it is none
    expect(() => begin().pivot('book', { tx: false, run: () => 1 })).toThrowError(/saga\.trip\.book\.tx must be/);
    // @ts-expect-error a step in a database is made by `.tx`
    expect(() => begin().step('book', { tx: true, run: () => 1 })).toThrowError(/saga\.trip\.book\.tx is not an option/);
  });

  it('cannot be undone, comes once, and never where it may be passed by', () => {
    // @ts-expect-error a pivot has no undo
    expect(() => begin().pivot('pay', { run: () => 1, compensate: () => 2 })).toThrowError(
      /pay\.compensate cannot be: a pivot that is done/,
    );
    // @ts-expect-error a second pivot
    expect(() => paid().pivot('again', { run: () => 1 })).toThrowError('saga.trip.again is a second pivot');
    expect(() =>
      begin().when(
        'w',
        () => true,
        // @ts-expect-error not inside a when
        (way) => way.pivot('pay', { run: () => 1 }),
      ),
    ).toThrowError(/pay is a pivot inside a when/);
    // @ts-expect-error not inside a parallel
    expect(() => begin().parallel((both) => both.pivot('pay', { run: () => 1 }))).toThrowError(/pay is a pivot; side by side/);
    // @ts-expect-error no forward recovery without a pivot
    expect(() => begin().step('mail', { kind: 'retriable', run: () => 1 })).toThrowError(
      "saga.trip.mail.kind can be 'retriable' only after the pivot",
    );
  });
});

describe('when', () => {
  it('leaves the results of both ways optional, and shows each way its own', () => {
    const trip = begin()
      .step('flight', { run: () => ({ seat: 12 }) })
      .when(
        'long',
        ({ input, results }) => input.nights > results.flight.seat,
        (way) =>
          way.step('hotel', { run: ({ results }) => results.flight.seat }).tx('key', {
            run: ({ results }) => {
              expectTypeOf(results.hotel).toEqualTypeOf<number>();
              return 'key';
            },
          }),
        (way) =>
          way
            .step('tent', { run: () => true })
            .sleep('night', '8h')
            .parallel((both) => both.step('fire', { run: ({ results }) => results.tent }).step('song', { run: () => 1 }))
            .when(
              'rain',
              ({ results }) => results.song > 0,
              (deeper) => deeper.step('roof', { run: ({ results }) => results.fire }),
            ),
      );
    type Results = ResultsOf<typeof trip>;
    expectTypeOf<Results['hotel']>().toEqualTypeOf<number | undefined>();
    expectTypeOf<Results['key']>().toEqualTypeOf<string | undefined>();
    expectTypeOf<Results['tent']>().toEqualTypeOf<boolean | undefined>();
    expectTypeOf<Results['roof']>().toEqualTypeOf<boolean | undefined>();
    expectTypeOf<Results['flight']>().toEqualTypeOf<{ seat: number }>();
    trip.step('home', {
      run: ({ results }) => {
        // @ts-expect-error may be missing
        return results.hotel.toFixed() + (results.hotel?.toFixed() ?? 'none');
      },
    });
    expect(trip.nodes[1]).toMatchObject({ kind: 'when', nodes: [{ name: 'hotel' }, { name: 'key', tx: true }] });
  });

  it('refuses ways that hold nothing, or that are not given back', () => {
    expect(() =>
      begin().when(
        'w',
        () => true,
        (way) => way,
      ),
    ).toThrowError('saga.trip.w.then has no steps');
    const both = begin().when.bind(begin()) as unknown as (...given: readonly unknown[]) => unknown;
    const one = (way: { step(name: string, options: object): unknown }) => way.step('a', { run: () => 1 });
    expect(() =>
      both(
        'w',
        () => true,
        one,
        (way: unknown) => way,
      ),
    ).toThrowError('saga.trip.w.otherwise has no steps');
    expect(() =>
      both(
        'w',
        () => true,
        () => undefined,
      ),
    ).toThrowError('saga.trip.w.then must return what its last step gave');
    expect(() => both('w', 'yes', one)).toThrowError(/saga\.trip\.w\.decide must be a function/);
    expect(() => both('w', () => true)).toThrowError(/saga\.trip\.w\.then must be a function/);
    expect(() => begin().parallel((all) => all)).toThrowError('saga.trip.parallel has no steps');
  });
});

describe('side by side', () => {
  it.each([
    ['tx', 'saga.trip.a is a tx; side by side there are only steps'],
    ['sleep', 'saga.trip.a is a sleep; side by side there are only steps'],
    ['when', 'saga.trip.a is a when; side by side there are only steps'],
    ['parallel', 'saga.trip.parallel is inside another one; side by side there are only steps'],
  ] as const)('there is no %s', (member, message) => {
    type Loose = { readonly [M in typeof member]: (...given: readonly unknown[]) => never };
    expect(() => begin().parallel((both) => (both as unknown as Loose)[member]('a', '1s'))).toThrowError(message);
  });

  it('adds nothing behind the back of what is given back', () => {
    const trip = begin().parallel((both) => {
      both.step('forgotten', { run: () => 1 });
      return both.step('kept', { run: () => 2 });
    });
    expect(trip.nodes).toMatchObject([{ kind: 'parallel', steps: [{ name: 'kept' }] }]);
    expect((trip.nodes[0] as ParallelNode).steps).toHaveLength(1);
  });
});

describe('names', () => {
  it('are refused twice, when compiled and when run', () => {
    const once = begin()
      .step('flight', { run: () => 1 })
      .sleep('rest', '1h');
    // @ts-expect-error the name is taken
    expect(() => once.step('flight', { run: () => 2 })).toThrowError('saga.trip.flight is the name of another step');
    // @ts-expect-error the name is taken, by a sleep
    expect(() => once.step('rest', { run: () => 2 })).toThrowError('saga.trip.rest is the name of another sleep');
    // @ts-expect-error the name is taken
    expect(() => once.sleep('flight', '1h')).toThrowError(/another step/);
    // @ts-expect-error the name is taken
    expect(() => once.pivot('flight', { run: () => 1 })).toThrowError(/another step/);
    // @ts-expect-error the name is taken, by a step before the branches
    expect(() => once.parallel((both) => both.step('flight', { run: () => 2 }))).toThrowError(/another step/);
    // @ts-expect-error the name is taken, by the branch beside it
    expect(() => begin().parallel((both) => both.step('a', { run: () => 1 }).step('a', { run: () => 2 }))).toThrowError(/another step/);
    expect(() =>
      begin().when(
        'w',
        () => true,
        // @ts-expect-error the name is taken, by the when around it
        (way) => way.step('w', { run: () => 1 }),
      ),
    ).toThrowError(/another when/);
    const parted = begin().when(
      'w',
      () => true,
      (way) => way.step('a', { run: () => 1 }),
      (way) => way.step('b', { run: () => 1 }),
    );
    // @ts-expect-error the name is taken, by a step of the first way
    expect(() => parted.step('a', { run: () => 1 })).toThrowError(/another step/);
    // @ts-expect-error the name is taken, by a step of the other way
    expect(() => parted.step('b', { run: () => 1 })).toThrowError(/another step/);
    expect(() =>
      begin().when(
        'w',
        () => true,
        (way) => way.step('a', { run: () => 1 }),
        // @ts-expect-error the name is taken, by a step of the first way
        (way) => way.step('a', { run: () => 1 }),
      ),
    ).toThrowError(/another step/);
  });

  it.each(['a b', '1a', '', '_a', 'a/b', 7])('are refused when they cannot be part of a key: %j', (name) => {
    expect(() => begin().step(name as 'a', { run: () => 1 })).toThrowError(
      /must be at most 100 letters, digits, _ or -, beginning with a letter/,
    );
  });
});
