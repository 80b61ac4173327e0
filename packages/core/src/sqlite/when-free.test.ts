import { describe, expect, it } from 'vitest';
import { testRuntime } from '../testing/index.ts';
import { whenFree } from './when-free.ts';

const locked = Object.assign(new Error('database is locked'), { code: 'ERR_SQLITE_ERROR', errcode: 5 });
const full = Object.assign(new Error('database or disk is full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 });

describe('work that needs the lock', () => {
  it('is done at once when the lock is free', async () => {
    const runtime = testRuntime();
    expect(await whenFree(runtime, 100, () => 'done')).toBe('done');
    expect(runtime.clock.nextDelayMs()).toBeUndefined();
  });

  it('is tried again at random moments until it gets the lock', async () => {
    const runtime = testRuntime();
    let tries = 0;
    const work = whenFree(runtime, 1_000, () => {
      if (++tries < 6) throw locked;
      return 'done';
    });
    await runtime.clock.advance(60);
    expect([await work, tries]).toEqual(['done', 6]);
  });

  it('fails with what it met last when the time is up', async () => {
    const runtime = testRuntime();
    let tries = 0;
    const failure = whenFree(runtime, 100, () => {
      tries++;
      throw locked;
    }).catch((error) => error);
    await runtime.clock.advance(100);
    expect(await failure).toBe(locked);
    expect(tries).toBeGreaterThan(10);
  });

  it('fails at once for any other reason', async () => {
    let tries = 0;
    const failing = whenFree(testRuntime(), 100, () => {
      tries++;
      throw full;
    });
    await expect(failing).rejects.toBe(full);
    expect(tries).toBe(1);
  });
});
