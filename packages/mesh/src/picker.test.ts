import { manualClock } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { endpoint } from '../test/fake-registry.ts';
import { coolDownFrom, EndpointRecord } from './endpoint-record.ts';
import { makePicker, pickNext } from './picker.ts';

const clock = manualClock();
const record = (instanceId: string, over: object = {}): EndpointRecord =>
  new EndpointRecord(endpoint({ serviceName: 's', port: 1, instanceId, ...over }), {
    clock,
    coolDown: coolDownFrom(1_000),
    connect: () => {
      throw new Error('a pick opens no connection');
    },
  });
const names = (records: readonly EndpointRecord[]): string[] => records.map((each) => each.endpoint.instanceId);

describe('makePicker', () => {
  it('orders candidates by id, whatever order the registry has', () => {
    expect(names(makePicker([record('c'), record('a'), record('b')]).candidates)).toEqual(['a', 'b', 'c']);
  });

  it('names why an endpoint is no candidate', () => {
    const picker = makePicker([record('a', { state: 'unhealthy' }), record('b', { state: 'draining' }), record('c', { weight: 0 })]);
    expect(picker.candidates).toEqual([]);
    expect(picker.passedOver).toEqual([
      { instanceId: 'a', reason: 'unhealthy' },
      { instanceId: 'b', reason: 'draining' },
      { instanceId: 'c', reason: 'without weight' },
    ]);
  });
});

describe('pickNext', () => {
  const cooling = (instanceId: string): EndpointRecord => {
    const cold = record(instanceId);
    cold.connectFailed();
    return cold;
  };
  const pick = (records: EndpointRecord[], from = 0, hints = {}): string | undefined => {
    const { candidates } = makePicker(records);
    return candidates[pickNext(candidates, from, clock.now(), hints)]?.endpoint.instanceId;
  };

  it.each([
    ['the one whose turn it is', [record('a'), record('b')], 1, {}, 'b'],
    ['the first again after the last', [record('a'), record('b')], 2, {}, 'a'],
    ['another than one that was tried', [record('a'), record('b')], 0, { exclude: ['a'] }, 'b'],
    ['one that was tried when there is no other', [record('a')], 0, { exclude: ['a'] }, 'a'],
    ['another than one that cannot be connected to', [cooling('a'), record('b')], 0, {}, 'b'],
    ['one that cannot be connected to when there is no other', [cooling('a'), cooling('b')], 1, {}, 'b'],
    ['an untried one that cools before a tried one', [record('a'), cooling('b')], 0, { exclude: ['a'] }, 'b'],
    ['of tried ones the one that can be connected to', [cooling('a'), record('b')], 0, { exclude: ['a', 'b'] }, 'b'],
    ['none of another tenant', [record('a', { tenant: 'x' })], 0, { tenant: 'y' }, undefined],
    ['none of a tenant for a request without one', [record('a', { tenant: 'x' })], 0, {}, undefined],
    ['an own one, and a shared one', [record('a', { tenant: 'x' }), record('b')], 0, { tenant: 'x' }, 'a'],
    ['none of none', [], 0, {}, undefined],
  ])('takes %s', (_title, records, from, hints, expected) => {
    expect(pick(records, from, hints)).toBe(expected);
  });

  it('gives the share of a cooling endpoint to all others alike', () => {
    const { candidates } = makePicker([cooling('a'), record('b'), record('c')]);
    const counts = { a: 0, b: 0, c: 0 };
    let turn = 0;
    for (let round = 0; round < 100; round++) {
      const index = pickNext(candidates, turn, clock.now(), undefined);
      counts[candidates[index]?.endpoint.instanceId as 'a' | 'b' | 'c']++;
      turn = index + 1;
    }
    expect(counts).toEqual({ a: 0, b: 50, c: 50 });
  });
});
