import { sleep } from '@tutti/core';
import { testRuntime } from '@tutti/core/testing';
import { defineSaga, memoryStore, SagaOrchestrator, type SagaStore } from '@tutti/saga';
import { describe, expect, it } from 'vitest';
import { lifeOn } from '../src/testing/life.ts';
import { after, empty, events, forEver, modes, mortalWorker, stopped, untilCancelled } from './engine.ts';

const lease = { lease: '3s', scan: '500ms' } as const;

describe.each(modes)('a take-over on %s', (_name, makeStore, amnesia) => {
  it('comes when the lease of a dead worker has run out, not sooner, and goes on with the same key under a higher fence', async () => {
    const seen: (readonly [number, string, number, number])[] = [];
    const saga = defineSaga(events, 'work', { input: empty })
      .step('a', { run: () => 1 })
      .step('b', {
        timeout: '1h',
        run: ({ idempotencyKey, fence, attempt, call }) => {
          seen.push([call.runtime.clock.now(), idempotencyKey, fence, attempt]);
          return attempt === 1 ? forEver() : 'done';
        },
      });
    const runtime = testRuntime();
    const store = makeStore();
    const options = { ...lease, amnesia };
    const first = await mortalWorker(runtime, store, [saga], options);
    const second = await mortalWorker(runtime, store, [saga], options);
    const id = await first.sagas.startSaga('work', {});
    await runtime.clock.advance(10_000); // far beyond one lease: it is renewed
    expect(seen).toHaveLength(1);
    const diedAt = runtime.clock.now();
    // in amnesia the saga may have gone from one to the other
    for (const worker of [first, second]) if ((await worker.sagas.get(id)).worker !== undefined) worker.end();
    const third = await mortalWorker(runtime, store, [saga], options);
    await after(runtime, 6_000, third.sagas.result(id));
    const [one, two] = seen as [(typeof seen)[0], (typeof seen)[0]];
    expect([one[1], two[1], two[3], seen.length]).toEqual([`${id}/b`, `${id}/b`, 2, 2]);
    expect(two[2]).toBeGreaterThan(one[2]);
    expect(two[0] - diedAt).toBeGreaterThan(1_900); // a lease that was renewed a second ago at most
    expect(two[0] - diedAt).toBeLessThan(3_700);
    await stopped(runtime, third.sagas);
  });

  it('finds the handler of the loser aborted before the winner begins', async () => {
    const log: string[] = [];
    const runtime = testRuntime();
    const startedAt = runtime.clock.now();
    const note = (what: string): void => void log.push(`${what} at ${Math.round((runtime.clock.now() - startedAt) / 100) / 10}`);
    const saga = defineSaga(events, 'work', { input: empty }).step('a', {
      timeout: '1h',
      run: ({ attempt, signal }) => {
        note(`begin ${attempt}`);
        return attempt === 1 ? untilCancelled(signal, (reason) => note(`abort 1 ${(reason as { code: string }).code}`)) : 'done';
      },
    });
    const store = makeStore();
    const cut = cutOff(store);
    const loser = new SagaOrchestrator({ store: cut.store, runtime, sagas: [saga], ...lease, amnesia });
    await loser.start();
    const id = await loser.startSaga('work', {});
    await runtime.clock.advance(500);
    cut.now();
    const winner = new SagaOrchestrator({ store, runtime, sagas: [saga], ...lease, amnesia });
    await winner.start();
    await after(runtime, 6_000, winner.result(id));
    expect(log.map((line) => line.replace(/ at .*/, ''))).toEqual(['begin 1', 'abort 1 SAGA_RELEASED', 'begin 2']);
    const [, abortedAt = 0, beganAt = 0] = log.map((line) => Number(line.split(' at ')[1]));
    expect(beganAt - abortedAt).toBeGreaterThanOrEqual(0.2); // the margin of a lease of 3 s is 0.3 s
    await stopped(runtime, winner);
    void loser.stop();
  });

  it('has what the loser still writes refused, and counted', async () => {
    const runtime = testRuntime();
    const log: string[] = [];
    const counted: string[] = [];
    const metrics = { count: (name: string) => void counted.push(name), observe: () => undefined, gauge: () => undefined };
    const saga = defineSaga(events, 'work', { input: empty })
      .step('a', { run: ({ call, fence }) => sleep(call.runtime.clock, 1_000).then(() => void log.push(`a under ${fence}`)) })
      .step('b', { run: ({ fence }) => void log.push(`b under ${fence}`) });
    const store = makeStore();
    const telemetry = { ...runtime.telemetry, metrics: metrics as never };
    const frozen = lifeOn({ ...runtime, telemetry }, store);
    const zombie = new SagaOrchestrator({ store: frozen.store, runtime: frozen.runtime, sagas: [saga], ...lease, amnesia });
    await zombie.start();
    const id = await zombie.startSaga('work', {});
    await runtime.clock.advance(500);
    frozen.freeze();
    const { sagas: holder } = await mortalWorker(runtime, store, [saga], { ...lease, amnesia });
    await after(runtime, 8_000, holder.result(id));
    frozen.thaw(); // its step ends now, and it writes what comes next
    await runtime.clock.advance(5_000);
    const record = await store.desk.load(id);
    expect(record?.entries.filter(({ what }) => what === 'done').map(({ step }) => step)).toEqual(['a', 'b']);
    expect(log.filter((line) => line.startsWith('b'))).toHaveLength(1);
    expect(new Set(record?.entries.slice(2).map(({ fence }) => fence)).has(1)).toBe(false);
    if (!amnesia) expect(counted.includes('tutti_saga_fence_refusals_total') || log.includes('a under 1')).toBe(true);
    await stopped(runtime, holder, zombie);
  });

  it('is not needed after a clean stop: the next worker begins at once', async () => {
    const begun: number[] = [];
    const saga = defineSaga(events, 'work', { input: empty }).step('a', {
      timeout: '1h',
      run: ({ attempt, signal, call }) => {
        begun.push(call.runtime.clock.now());
        return attempt === 1 ? untilCancelled(signal) : 'done';
      },
    });
    const runtime = testRuntime();
    const store = makeStore();
    await store.open(runtime);
    const first = new SagaOrchestrator({ store, runtime, sagas: [saga], amnesia, drainTimeout: '1s', lease: '1h' });
    const second = new SagaOrchestrator({ store, runtime, sagas: [saga], amnesia });
    await first.start();
    const id = await first.startSaga('work', {});
    await runtime.clock.advance(100);
    const stoppedAt = runtime.clock.now();
    const stopping = first.stop();
    await second.start();
    await runtime.clock.advance(1_100);
    await stopping;
    await after(runtime, 1_000, second.result(id));
    expect((begun[1] ?? 0) - stoppedAt).toBeLessThan(1_500);
    await stopped(runtime, second);
    await store.close();
  });
});

/** A store whose connection can be cut: from then on nothing is answered, and the worker behind it lives on. */
function cutOff(store: SagaStore): { readonly store: SagaStore; now(): void } {
  let isCut = false;
  const cut = new Proxy(store, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== 'function') return member;
      return (...args: readonly unknown[]) => (isCut ? new Promise(() => {}) : member.apply(target, args));
    },
  });
  return {
    store: cut,
    now() {
      isCut = true;
    },
  };
}

describe('two workers in one process', () => {
  it('share the work', async () => {
    const runtime = testRuntime();
    const ran = new Map<string, number>();
    const saga = defineSaga(events, 'work', { input: empty })
      .sleep('rest', '5s')
      .step('a', { run: ({ call }) => sleep(call.runtime.clock, 1_000) });
    const store = memoryStore();
    const workers = [0, 1].map(() => new SagaOrchestrator({ store, runtime, sagas: [saga], concurrency: 5 }));
    for (const worker of workers) await worker.start();
    const [one] = workers as [(typeof workers)[0]];
    const ids = await Promise.all(Array.from({ length: 10 }, () => one.startSaga('work', {})));
    await runtime.clock.advance(9_000);
    for (const id of ids) {
      const done = (await one.history(id)).find(({ what }) => what === 'done');
      ran.set(done?.worker ?? 'nobody', (ran.get(done?.worker ?? 'nobody') ?? 0) + 1);
    }
    expect([...ran.values()].toSorted()).toEqual([5, 5]);
    await stopped(runtime, ...workers);
  });
});
