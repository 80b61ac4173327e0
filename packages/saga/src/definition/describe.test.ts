import { defineEvents, event } from '@tutti/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineSaga } from './define-saga.ts';

const events = defineEvents({ 'trip.asked': event(z.object({ to: z.string() })) });
const options = { input: z.object({ to: z.string() }) };
const begin = () => defineSaga(events, 'trip', options);
const run = () => 1;
const compensate = () => 2;

describe('describe', () => {
  it('gives graph and settings as plain JSON', () => {
    const { description } = withAll();
    expect(JSON.parse(JSON.stringify(description))).toEqual(description);
    expect(description).toEqual({
      name: 'trip',
      fingerprint: expect.stringMatching(/^[\da-f]{16}$/),
      startsOn: ['trip.asked'],
      timeoutMs: 7_200_000,
      whenLocked: 'queue',
      lockWaitMs: 60_000,
      onUndoFailure: 'halt',
      maxPayloadBytes: 262_144,
      redact: ['card'],
      nodes: [
        { kind: 'step', name: 'flight', role: 'compensatable', undo: true, tx: false },
        {
          kind: 'parallel',
          steps: [
            { kind: 'step', name: 'hotel', role: 'compensatable', undo: true, tx: false },
            { kind: 'step', name: 'car', role: 'compensatable', undo: false, tx: false },
          ],
        },
        {
          kind: 'when',
          name: 'far',
          nodes: [{ kind: 'step', name: 'visa', role: 'compensatable', undo: true, tx: true }],
          otherwise: [{ kind: 'sleep', name: 'rest', durationMs: 86_400_000 }],
        },
        { kind: 'step', name: 'pay', role: 'pivot', undo: false, tx: false },
        { kind: 'step', name: 'mail', role: 'retriable', undo: false, tx: false },
      ],
    });
  });
});

function withAll() {
  const saga = defineSaga(events, 'trip', {
    ...options,
    timeout: '2h',
    concurrencyKey: ({ to }) => to,
    lockWait: '1m',
    onUndoFailure: 'halt',
    redact: ['card'],
  })
    .startOn('trip.asked', ({ data }) => data)
    .step('flight', { run, compensate })
    .parallel((both) => both.step('hotel', { run, compensate }).step('car', { run }))
    .when(
      'far',
      () => true,
      (way) => way.tx('visa', { run, compensate }),
      (way) => way.sleep('rest', '1d'),
    )
    .pivot('pay', { run })
    .step('mail', { kind: 'retriable', run });
  return { saga, description: saga.describe() };
}

describe('the fingerprint', () => {
  it('is the same in every build', () => {
    expect(withAll().saga.fingerprint).toBe('8ecec4b643b44184');
  });

  it('is of the graph, not of code, patience, durations, settings, or the order of what runs side by side', () => {
    const other = defineSaga(events, 'trip', { input: z.object({ to: z.string(), by: z.string() }), timeout: '1h' })
      .step('flight', { run: () => 99, compensate: () => 'other', timeout: '9s' })
      .parallel((both) => both.step('car', { run }).step('hotel', { run, compensate }))
      .when(
        'far',
        () => false,
        (way) => way.tx('visa', { run, compensate }),
        (way) => way.sleep('rest', '2d'),
      )
      .pivot('pay', { run })
      .step('mail', { kind: 'retriable', run })
      .returns(() => 'all');
    expect(other.fingerprint).toBe(withAll().saga.fingerprint);
  });

  it('tells apart whatever a saga on its way would notice', () => {
    const one = begin().step('a', { run });
    const graphs = [
      one,
      defineSaga(events, 'other', options).step('a', { run }),
      begin().step('b', { run }),
      begin().step('a', { run, compensate }),
      begin().tx('a', { run }),
      begin().pivot('a', { run }),
      begin().sleep('a', '1s'),
      begin().parallel((p) => p.step('a', { run })),
      one.step('b', { run }),
      begin().step('b', { run }).step('a', { run }),
      begin().parallel((p) => p.step('a', { run }).step('b', { run })),
      begin().when(
        'b',
        () => true,
        (way) => way.step('a', { run }),
      ),
      begin().pivot('b', { run }).step('a', { kind: 'retriable', run }),
      begin().when(
        'w',
        () => true,
        (way) => way.step('a', { run }),
        (way) => way.step('b', { run }),
      ),
      begin().when(
        'w',
        () => true,
        (way) => way.step('b', { run }),
        (way) => way.step('a', { run }),
      ),
      begin()
        .when(
          'w',
          () => true,
          (way) => way.step('b', { run }),
        )
        .step('a', { run }),
      begin().when(
        'w',
        () => true,
        (way) => way.step('b', { run }).step('a', { run }),
      ),
    ];
    expect(new Set(graphs.map(({ fingerprint }) => fingerprint)).size).toBe(graphs.length);
  });
});
