import { describe, expect, it } from 'vitest';
import { checkLaws, keyValueLaws, leaseLaws, testRuntime } from '../testing/index.ts';
import { memoryKeyValue } from './memory-key-value.ts';
import { memoryLease } from './memory-lease.ts';

describe('a key-value store in memory', () => {
  checkLaws(it, keyValueLaws, () => {
    const runtime = testRuntime();
    const store = memoryKeyValue({ runtime });
    return { store, other: store, pass: (ms) => runtime.clock.advance(ms) };
  });

  it('refuses what it has no room for, loses nothing, and has room again when something has expired', async () => {
    const runtime = testRuntime();
    const store = memoryKeyValue({ maxBytes: 1_000, runtime });
    const value = new Uint8Array(300);
    await store.set('a', value, 100);
    await store.set('b', value, 60_000);
    await expect(store.set('c', value, 60_000)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', failure: 'unreachable' });
    expect(await store.get('a')).toBeDefined();
    await store.set('b', new Uint8Array(301), 60_000); // what is replaced makes room for itself
    await runtime.clock.advance(100);
    await store.set('c', value, 60_000);
    expect((await store.get('b'))?.length).toBe(301);
  });
});

describe('leases in memory', () => {
  checkLaws(it, leaseLaws, () => {
    const runtime = testRuntime();
    const lease = memoryLease({ runtime });
    return { lease, other: lease, pass: (ms) => runtime.clock.advance(ms) };
  });
});
