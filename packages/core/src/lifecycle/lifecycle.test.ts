import { describe, expect, it } from 'vitest';
import { testRuntime } from '../testing/index.ts';
import { type Component, component, type Hooks } from './component.ts';
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
});
