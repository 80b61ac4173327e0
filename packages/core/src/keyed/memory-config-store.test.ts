import { describe, expect, it } from 'vitest';
import { checkLaws, configStoreLaws, testRuntime } from '../testing/index.ts';
import { memoryConfigStore } from './memory-config-store.ts';

describe('the config store in memory', () => {
  checkLaws(it, configStoreLaws, () => {
    const store = memoryConfigStore({ runtime: testRuntime(), maxHistory: 5, maxValueBytes: 1_000 });
    return { store, other: store };
  });

  it('tells listeners before the put resolves, each revision once and rising, also when one of them writes', async () => {
    const store = memoryConfigStore({ runtime: testRuntime() });
    const heard: string[] = [];
    store.watch('k', ({ revision }) => {
      heard.push(`a${revision}`);
      if (revision === 1) void store.put('k', 'from a listener', 1, 'a');
    });
    store.watch('k', ({ revision }) => heard.push(`b${revision}`));
    await store.put('k', 1, 0, 'law');
    expect(heard).toEqual(['a1', 'a2', 'b2']);
  });

  it('says with the time of its clock when an entry was written', async () => {
    const store = memoryConfigStore({ runtime: testRuntime() });
    expect((await store.put('k', 1, 0, 'ada')).changedAt).toBe('2023-11-14T22:13:20.000Z');
  });

  it.each([
    [{ maxHistory: 0 }, 'memoryConfigStore.maxHistory'],
    [{ maxHistory: 1_001 }, 'memoryConfigStore.maxHistory'],
    [{ maxValueBytes: 2 ** 21 }, 'memoryConfigStore.maxValueBytes'],
    [{ history: 5 }, 'memoryConfigStore.history'],
  ])('refuses the options %o', (options, path) => {
    expect(() => memoryConfigStore(options as object)).toThrow(expect.objectContaining({ details: expect.objectContaining({ path }) }));
  });
});
