import { checkLaws, testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { type SagaStoreSubject, sagaStoreLaws } from '../testing/index.ts';
import { memoryStore } from './memory.ts';

async function subject(): Promise<SagaStoreSubject & { dispose(): Promise<void> }> {
  const { clock, ...rest } = testRuntime();
  const store = memoryStore();
  await store.open({ clock, ...rest });
  return { store, leaseMs: 15_000, pass: (ms) => clock.advance(ms), dispose: () => store.close() };
}

describe('the memory store', () => {
  checkLaws(it, sagaStoreLaws, subject, { ...memoryStore().capabilities });

  it('is open until the last of its users closes it, and keeps its sagas then', async () => {
    const store = memoryStore();
    const closed = { code: 'NOT_RUNNING' };
    await expect(store.desk.load('a')).rejects.toMatchObject(closed);
    await store.open(testRuntime());
    await store.open(testRuntime());
    await store.create({ id: 'a', saga: 's', fingerprint: 'f', input: '1', call: {}, createdAt: 1, entries: [] });
    await store.close();
    expect(await store.desk.load('a')).toMatchObject({ id: 'a' });
    await store.close();
    await store.close();
    await expect(store.desk.load('a')).rejects.toMatchObject(closed);
    await store.open(testRuntime());
    expect(await store.desk.load('a')).toMatchObject({ id: 'a' });
  });
});
