import { checkLaws, testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import type { RegistryChange } from '../backend/discovery-backend.ts';
import { endpointOf } from '../testing/endpoint-of.ts';
import { type BackendSubject, backendLaws, registryWatch } from '../testing/index.ts';
import { memoryBackend } from './memory.ts';
import { MemoryRegistry } from './memory-registry.ts';

function memorySubject(): BackendSubject {
  const runtime = testRuntime();
  const registry = new MemoryRegistry({ runtime });
  return { runtime, connect: () => memoryBackend({ registry }), pass: (ms) => runtime.clock.advance(ms) };
}

describe('the memory backend', () => {
  checkLaws(it, backendLaws, memorySubject, {
    registers: true,
    plants: false,
  });

  it('keeps registries apart that nobody shared', async () => {
    await memoryBackend().put(endpointOf('a', '1'), 60_000);
    await using watch = registryWatch(memoryBackend());
    expect(watch.heard).toEqual(['snapshot:0']);
  });

  it('tells all watches in one order when a listener writes', async () => {
    const backend = memoryBackend();
    const heard: string[] = [];
    const listening = new AbortController();
    void backend.watch('voice', (change) => void (change.kind === 'upsert' && backend.remove(change.endpoint)), listening.signal);
    void backend.watch('voice', ({ kind }) => heard.push(kind), listening.signal);
    await backend.put(endpointOf('a', '1'), 60_000);
    listening.abort();
    expect(heard).toEqual(['snapshot', 'upsert', 'remove']);
  });

  it('does not repeat to a watch that begins in the middle of the news what its snapshot held', async () => {
    const backend = memoryBackend();
    const heard: string[] = [];
    const listening = new AbortController();
    const first = ({ kind }: RegistryChange): void => {
      if (kind !== 'upsert') return;
      void backend.put(endpointOf('b', '1'), 60_000);
      void backend.watch(
        'voice',
        (change) => heard.push(change.kind === 'snapshot' ? `snapshot:${change.endpoints.length}` : change.kind),
        listening.signal,
      );
    };
    void backend.watch('voice', (change) => heard.length === 0 && first(change), listening.signal);
    await backend.put(endpointOf('a', '1'), 60_000);
    listening.abort();
    expect(heard).toEqual(['snapshot:2']);
  });
});
