import { expect, it } from 'vitest';
import type { Statement } from '../ports/write-set.ts';
import { Batch } from './batch.ts';
import type { WriterRequest } from './protocol.ts';

const setOf = (value: string | Uint8Array): WriterRequest => [{ sql: 'INSERT INTO t VALUES (?)', values: [value] }];
const migration: WriterRequest = { owner: 'o', steps: [] };

function takeBatch(queue: WriterRequest[]): readonly (readonly Statement[])[] {
  const batch = new Batch();
  batch.fill(queue);
  return batch.sets;
}

it('takes what queued up, at most a thousand sets', () => {
  const queue = Array.from({ length: 1_500 }, (_, index) => setOf(String(index)));
  const first = takeBatch(queue);
  expect([first.length, first[999]?.[0]?.values[0], queue.length]).toEqual([1_000, '999', 500]);
});

it('takes about four megabytes, and one set of any size', () => {
  const queue = Array.from({ length: 8 }, () => setOf(new Uint8Array(1_500_000)));
  expect([takeBatch(queue).length, queue.length]).toEqual([3, 5]);
  expect(takeBatch([setOf('x'.repeat(9_000_000)), setOf('y')]).length).toBe(1);
});

it('stops before what is not a set', () => {
  const queue: WriterRequest[] = [setOf('a'), migration, setOf('b'), 'close'];
  expect([takeBatch(queue).length, queue.length]).toEqual([1, 3]);
});

it('may be filled up, within the same bounds', () => {
  const batch = new Batch();
  const queue = [setOf('a'), setOf('b')];
  batch.fill(queue);
  queue.push(...Array.from({ length: 1_200 }, () => setOf('c')));
  batch.fill(queue);
  batch.fill(queue);
  expect([batch.sets.length, queue.length]).toEqual([1_000, 202]);
});
