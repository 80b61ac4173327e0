import { expect, it } from 'vitest';
import { type Level, levelOf, PriorityBacklog } from './priority-backlog.ts';

function filled(counts: readonly [number, number, number]): PriorityBacklog<string> {
  const backlog = new PriorityBacklog<string>();
  for (const [level, count] of counts.entries())
    for (let index = 0; index < count; index++) backlog.push(level as Level, `${level}.${index}`);
  return backlog;
}

const drained = (backlog: PriorityBacklog<string>): string[] => Array.from({ length: backlog.size }, () => String(backlog.shift()));

it('gives all urgent ones before the 150th, whatever waits before them', () => {
  const order = drained(filled([100, 0, 900]));
  expect(order.slice(0, 150).filter((item) => item.startsWith('0')).length).toBe(100);
  expect(order.length).toBe(1_000);
});

it('keeps the order within a priority', () => {
  const order = drained(filled([40, 40, 40]));
  for (const level of [0, 1, 2]) {
    expect(order.filter((item) => item.startsWith(`${level}.`))).toEqual(Array.from({ length: 40 }, (_, index) => `${level}.${index}`));
  }
});

it('lets nobody wait for ever, however much there is of a higher priority', () => {
  const first = drained(filled([1_000, 10, 10])).slice(0, 101);
  expect([first.filter((item) => item.startsWith('1')).length, first.filter((item) => item.startsWith('2')).length]).toEqual([10, 10]);
});

it('takes what is no priority for normal', () => {
  expect(['high', 'low', 'normal', undefined, 7, 'HIGH'].map(levelOf)).toEqual([0, 2, 1, 1, 1, 1]);
});
