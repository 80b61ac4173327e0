import { setTimeout as pause } from 'node:timers/promises';
import { checkLaws, testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../adapters/memory.ts';
import { MemoryRegistry } from '../adapters/memory-registry.ts';
import type { DiscoveryBackend } from '../backend/discovery-backend.ts';
import type { BackendSubject } from './backend-subject.ts';
import { backendLaws } from './laws.ts';

/** Longer than a law waits for what does not come; one that waits for ever is broken, too. */
const brokenAfterMs = 14_000;

type Spoil = (backend: DiscoveryBackend, registry: MemoryRegistry) => Partial<DiscoveryBackend>;

/** The ids of the laws that a registry with this fault breaks. */
async function broken(spoil: Spoil, ids: readonly string[]): Promise<readonly string[]> {
  const make = (): BackendSubject => {
    const runtime = testRuntime();
    const registry = new MemoryRegistry({ runtime });
    return {
      runtime,
      pass: (ms) => runtime.clock.advance(ms),
      connect() {
        const backend = memoryBackend({ registry });
        const own: DiscoveryBackend = {
          name: 'spoilt',
          capabilities: backend.capabilities,
          put: (...args) => backend.put(...args),
          renew: (...args) => backend.renew(...args),
          mark: (...args) => backend.mark(...args),
          remove: (...args) => backend.remove(...args),
          watch: (...args) => backend.watch(...args),
          close: () => backend.close(),
        };
        return { ...own, ...spoil(own, registry) };
      },
    };
  };
  const runs: { id: string; run: () => Promise<void> }[] = [];
  const chosen = backendLaws.filter(({ id }) => ids.includes(id));
  checkLaws((title, run) => runs.push({ id: title.split(' ')[0] ?? '', run }), chosen, make);
  const ended = await Promise.all(
    runs.map(({ run }) =>
      Promise.race([
        run().then(
          () => 'kept',
          () => 'broken',
        ),
        pause(brokenAfterMs, 'broken'),
      ]),
    ),
  );
  return runs.filter((_run, index) => ended[index] === 'broken').map(({ id }) => id);
}

describe('the laws', () => {
  it('have numbers of their own, and are as many as they are said to be', () => {
    const ids = backendLaws.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThanOrEqual(50);
  });

  // What a registry gets wrong, and the laws that say so.
  const faults: readonly [string, readonly string[], Spoil][] = [
    ['keeps lives for ever', ['DI-4'], (backend) => ({ put: (endpoint) => backend.put(endpoint, 1e9) })],
    [
      'brings a life back when it is renewed late',
      ['DI-6'],
      (backend) => ({
        async renew(lives, ttlMs) {
          const states = await backend.renew(lives, ttlMs);
          for (const [index, life] of lives.entries())
            if (states[index] === 'gone')
              await backend.put({ ...life, host: 'h', port: 1, weight: 1, tags: [], metadata: {}, state: 'ready' }, ttlMs);
          return states;
        },
      }),
    ],
    [
      'removes whatever life there is',
      ['DI-8', 'DI-28'],
      (backend, registry) => ({
        async remove(life) {
          await backend.remove(life);
          const unwatch = registry.watch(life.serviceName, (change) => {
            if (change.kind !== 'snapshot') return;
            for (const one of change.endpoints) if (one.instanceId === life.instanceId) queueMicrotask(() => registry.remove(one));
          });
          unwatch();
        },
      }),
    ],
    [
      'lets a drained life be ready again',
      ['DI-10'],
      (backend, registry) => ({
        async mark(life, state) {
          const before = await backend.mark(life, state);
          if (before !== 'draining' || state === 'draining') return before;
          registry.put({ ...life, host: '127.0.0.1', port: 8009, weight: 1, tags: [], metadata: {}, state }, 600_000);
          return state;
        },
      }),
    ],
    [
      'forgets a member',
      ['DI-2', 'DI-52'],
      (backend) => ({ put: ({ tenant: _lost, ...endpoint }, ttlMs) => backend.put(endpoint, ttlMs) }),
    ],
    [
      'tells a watch of another service',
      ['DI-50', 'DI-55'],
      (backend) => ({ watch: (_name, listener, signal) => backend.watch('voice', listener, signal) }),
    ],
    [
      'tells nothing after the snapshot',
      ['DI-3', 'DI-11', 'DI-13', 'DI-15', 'DI-42', 'DI-55', 'DI-56'],
      (backend) => ({
        watch: (name, listener, signal) => backend.watch(name, (change) => change.kind === 'snapshot' && listener(change), signal),
      }),
    ],
    [
      'goes on after it was aborted',
      ['DI-13', 'DI-45'],
      (backend) => ({ watch: (name, listener) => backend.watch(name, listener, new AbortController().signal) }),
    ],
    ['answers after it was closed', ['DI-17', 'DI-46'], () => ({ close: async () => {} })],
    [
      'says that an old life is gone, not replaced',
      ['DI-7', 'DI-9', 'DI-24', 'DI-62', 'DI-65'],
      (backend) => ({
        renew: async (lives, ttlMs) => (await backend.renew(lives, ttlMs)).map((state) => (state === 'replaced' ? 'gone' : state)),
        mark: async (life, state) => backend.mark(life, state).then((now) => (now === 'replaced' ? 'gone' : now)),
      }),
    ],
  ];

  it.concurrent.each(faults)('are broken by a registry that %s', { timeout: 60_000 }, async (_what, ids, spoil) => {
    expect(await broken(spoil, ids)).toEqual(backendLaws.map(({ id }) => id).filter((id) => ids.includes(id)));
  });
});
