import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { sleep } from '../runtime/sleep.ts';
import { testRuntime } from '../testing/index.ts';
import { type Component, component, type Hooks } from './component.ts';
import { observers } from './observers.ts';
import { system } from './system.ts';

const heard: string[] = [];
function part(name: string, hooks: Hooks = {}): Component {
  return component(name, {
    async open() {
      heard.push(`open ${name}`);
      await hooks.open?.();
    },
    async close() {
      heard.push(`close ${name}`);
      await hooks.close?.();
    },
    ...(hooks.probe && { probe: hooks.probe }),
  });
}
const fail = (message: string) => (): Promise<void> => Promise.reject(new Error(message));

describe('a component', () => {
  it('opens once and closes once, however many ask', async () => {
    heard.length = 0;
    const one = part('one');
    await Promise.all([one.start(), one.start()]);
    expect(one.state).toBe('running');
    await Promise.all([one.stop(), one.stop()]);
    expect([heard, one.state]).toEqual([['open one', 'close one'], 'stopped']);
  });

  it('clears up after a start that failed, and may be started again', async () => {
    heard.length = 0;
    let broken = true;
    const one = part('one', { open: () => (broken ? fail('no port')() : undefined) });
    await expect(one.start()).rejects.toThrow('no port');
    expect([heard, one.state]).toEqual([['open one', 'close one'], 'failed']);
    broken = false;
    await one.start();
    expect(one.state).toBe('running');
  });

  it('waits for a start under way before it stops', async () => {
    heard.length = 0;
    let open = (): void => {};
    const one = part('one', { open: () => new Promise((resolve) => (open = resolve)) });
    const starting = one.start();
    const stopping = one.stop();
    open();
    await Promise.all([starting, stopping]);
    expect([heard, one.state]).toEqual([['open one', 'close one'], 'stopped']);
  });

  it('stops without having been started, and stays stopped', async () => {
    heard.length = 0;
    const one = part('one');
    await one.stop();
    await expect(one.start()).rejects.toMatchObject({ code: 'NOT_RUNNING' });
    expect(heard).toEqual([]);
  });

  it('reports a probe that throws as unhealthy, and itself while it does not run', async () => {
    const one = part('one', { probe: fail('disk full') as never });
    expect(await one.health()).toMatchObject({ status: 'unhealthy', reason: 'one is idle' });
    await one.start();
    expect(await one.health()).toEqual({ status: 'unhealthy', reason: 'disk full' });
  });

  it('stops at the end of an `await using` block', async () => {
    heard.length = 0;
    {
      await using one = part('one');
      await one.start();
    }
    expect(heard).toEqual(['open one', 'close one']);
  });
});

describe('what a component tells', () => {
  it('is each change of its state, in order and afterwards', async () => {
    const one = part('one');
    const told: string[] = [];
    const stop = one.on('state', ({ from, to }) => told.push(`${from} → ${to} (${one.state})`));
    await one.start();
    const stopping = one.stop();
    expect(one.state).toBe('stopping');
    await stopping;
    stop();
    expect(told).toEqual([
      'idle → starting (starting)',
      'starting → running (running)',
      'running → stopping (stopping)',
      'stopping → stopped (stopped)',
    ]);
  });

  it('reaches every listener, whatever another one throws, and ends when it is not wanted any more', () => {
    const logged: unknown[] = [];
    const news = observers<{ readonly page: number }>({ enabled: () => true, log: (...line) => void logged.push(line) });
    const told: number[] = [];
    news.on('page', () => {
      throw new Error('a bad listener');
    });
    const stop = news.on('page', (page) => {
      expectTypeOf(page).toEqualTypeOf<number>();
      told.push(page);
    });
    expect(news.listening('page')).toBe(true);
    news.emit('page', 1);
    stop();
    news.emit('page', 2);
    expect(told).toEqual([1]);
    expect(logged).toMatchObject([
      ['error', 'a listener to "page" failed', { error: { message: 'a bad listener' } }],
      ['error', 'a listener to "page" failed', { error: { message: 'a bad listener' } }],
    ]);
    // @ts-expect-error an event that is never told
    news.on('pages', () => {});
  });
});

describe('a system', () => {
  it('starts in order, stops in reverse and is a component itself', async () => {
    heard.length = 0;
    const inner = system('inner', [part('b'), part('c')]);
    const outer = system('outer', [part('a'), inner]);
    await outer.start();
    await outer.stop();
    expect(heard).toEqual(['open a', 'open b', 'open c', 'close c', 'close b', 'close a']);
  });

  it('unwinds what had started when a part fails, and names it', async () => {
    heard.length = 0;
    const app = system('app', [part('a'), part('b', { open: fail('no disk') }), part('c')]);
    await expect(app.start()).rejects.toMatchObject({
      code: 'START_FAILED',
      details: { component: 'app', part: 'b' },
      cause: { message: 'no disk' },
    });
    expect(heard).toEqual(['open a', 'open b', 'close b', 'close a']);
  });

  it('stops every part although one fails, and then throws that failure', async () => {
    heard.length = 0;
    const app = system('app', [part('a'), part('b', { close: fail('stuck') })]);
    await app.start();
    await expect(app.stop()).rejects.toThrow('stuck');
    expect(heard).toEqual(['open a', 'open b', 'close b', 'close a']);
  });

  it('leaves behind what has not stopped within the drain deadline, and names it', async () => {
    const runtime = testRuntime();
    const app = system('app', [part('quick'), part('stuck', { close: () => new Promise(() => {}) })], { drainTimeout: '5s', runtime });
    await app.start();
    const stopping = app.stop().catch((error: unknown) => error);
    await runtime.clock.advance(5_000);
    expect(await stopping).toMatchObject({ code: 'STOP_TIMEOUT', details: { part: 'stuck', timeoutMs: 5_000 } });
  });

  it('is as healthy as its worst part', async () => {
    const app = system('app', [part('good'), part('slow', { probe: async () => ({ status: 'degraded', reason: 'lagging' }) })]);
    await app.start();
    expect(await app.health()).toMatchObject({ status: 'degraded', reason: 'slow: lagging', parts: { good: { status: 'healthy' } } });
  });

  it('starts a part when what it needs runs, and stops it when what needs it has stopped, others side by side', async () => {
    const runtime = testRuntime();
    const { clock } = runtime;
    const startedAt = clock.now();
    const log: string[] = [];
    const slow = (name: string, ms: number): Component => {
      const take = (verb: string) => async (): Promise<void> => {
        await sleep(clock, ms);
        log.push(`${clock.now() - startedAt} ${name} ${verb}`);
      };
      return component(name, { open: take('runs'), close: take('stopped') });
    };
    const [store, cache, web, probe] = [slow('store', 100), slow('cache', 30), slow('web', 10), slow('probe', 5)] as const;
    const app = system(
      'app',
      [
        { part: web, needs: [store, cache] },
        { part: store, needs: [] },
        { part: cache, needs: [] },
        { part: probe, needs: [cache] },
      ],
      { runtime },
    );
    void app.start();
    await clock.advance(1_000);
    expect(log).toEqual(['30 cache runs', '35 probe runs', '100 store runs', '110 web runs']);
    log.length = 0;
    void app.stop();
    await clock.advance(1_000);
    expect(log).toEqual(['1005 probe stopped', '1010 web stopped', '1040 cache stopped', '1110 store stopped']);
  });

  it('never runs a part without what it needs, whatever needs what and whatever fails', async () => {
    const plan = fc.array(fc.record({ needs: fc.array(fc.nat({ max: 6 }), { maxLength: 3 }), fails: fc.integer({ min: 0, max: 9 }) }), {
      minLength: 1,
      maxLength: 7,
    });
    await fc.assert(
      fc.asyncProperty(plan, async (drawn) => {
        const running = new Set<number>();
        const needsOf = drawn.map(({ needs }, index) => [...new Set(needs.filter((other) => other < index))]);
        const parts = drawn.map(({ fails }, index) =>
          component(String(index), {
            async open() {
              expect(needsOf[index]?.filter((other) => !running.has(other))).toEqual([]);
              await Promise.resolve();
              if (fails === 0) throw new Error('no');
              running.add(index);
            },
            close() {
              if (!running.delete(index)) return;
              for (const [other, needs] of needsOf.entries()) expect(running.has(other) && needs.includes(index)).toBe(false);
            },
          }),
        );
        const declared = parts.map((part, index) => ({ part, needs: (needsOf[index] ?? []).map((other) => parts[other] as Component) }));
        const app = system('app', declared.toReversed());
        const failed = drawn.some(({ fails }) => fails === 0);
        await (failed ? expect(app.start()).rejects.toMatchObject({ code: 'START_FAILED' }) : app.start());
        expect(running.size).toBe(failed ? 0 : drawn.length);
        await app.stop();
        expect(running.size).toBe(0);
      }),
    );
  });

  it('refuses a circle, a stranger and a part named twice', () => {
    const [a, b] = [part('a'), part('b')];
    expect(() =>
      system('app', [
        { part: a, needs: [b] },
        { part: b, needs: [a] },
      ]),
    ).toThrowError('system.parts must not need each other in a circle: a, b');
    expect(() => system('app', [{ part: a, needs: [b] }])).toThrowError('system.parts[0].needs b is not a part of the system');
    expect(() => system('app', [a, b, a])).toThrowError('system.parts[2] a is named twice');
  });
});
