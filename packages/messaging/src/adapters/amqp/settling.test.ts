import { testRuntime } from '@tutti/core/testing';
import { expect, it } from 'vitest';
import { Settling } from './settling.ts';

it('takes queues for safe when none was made for a while, and lets publishers wait for those that store', async () => {
  const runtime = testRuntime();
  const settling = new Settling(runtime);
  let acknowledged = false;
  expect(settling.queue('work')).toBeUndefined();
  settling.made('work', 'store');
  void settling.stores().then(() => (acknowledged = true));
  await runtime.clock.advance(1_000);
  settling.made('delay', 'delay');
  await runtime.clock.advance(1_000);
  expect([acknowledged, settling.queue('work') !== undefined]).toEqual([false, true]);
  await runtime.clock.advance(500);
  expect([acknowledged, settling.queue('work'), settling.queue('delay')]).toEqual([true, undefined, undefined]);
});

it('lets nobody wait for a queue of delays but those whose event lies there', async () => {
  const runtime = testRuntime();
  const settling = new Settling(runtime);
  settling.made('delay', 'delay');
  await settling.stores();
  let safe = false;
  void settling.queue('delay')?.then(() => (safe = true));
  await runtime.clock.advance(1_400);
  expect(safe).toBe(false);
  await runtime.clock.advance(100);
  expect(safe).toBe(true);
});
