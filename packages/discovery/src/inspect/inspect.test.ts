import { checkLaws, inspectableLaws, testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../adapters/memory.ts';
import { MemoryRegistry } from '../adapters/memory-registry.ts';
import type { DiscoveryBackend } from '../backend/discovery-backend.ts';
import type { ServiceInstance } from '../registration/service-instance.ts';
import { ServiceDiscovery } from '../service-discovery.ts';
import { faultyBackend } from '../testing/faulty-backend.ts';

const voice: ServiceInstance = { serviceName: 'voice', host: 'localhost', port: 8009 };
const runtime = testRuntime();

/** A registry in which somebody has left records that are no endpoints. */
function littered(keys: readonly string[]): DiscoveryBackend {
  const backend = memoryBackend({ registry: new MemoryRegistry({ runtime }) });
  const watch: DiscoveryBackend['watch'] = (name, listener, signal) =>
    backend.watch(
      name,
      (change) => {
        listener(change);
        if (change.kind === 'snapshot') for (const key of keys) listener({ kind: 'malformed', key, problem: 'endpoint must be JSON' });
      },
      signal,
    );
  return { ...faultyBackend(backend), watch };
}

const list = async (discovery: ServiceDiscovery, name: string, limit = 10): Promise<readonly Readonly<Record<string, unknown>>[]> =>
  (
    await discovery
      .resources()
      .find((resource) => resource.name === name)
      ?.list({ limit })
  )?.items ?? [];
const by = { actor: 'ada', reason: 'a test' };

describe('inspecting', () => {
  checkLaws(it, inspectableLaws, async () => {
    const discovery = new ServiceDiscovery({ backend: littered(['x', 'y', 'z']), runtime });
    for (const instanceId of ['c', 'a', 'b']) await discovery.registerService({ ...voice, instanceId });
    for (const name of ['voice', 'chart', 'extract']) await discovery.ready(name);
    return { inspectable: discovery, dispose: () => discovery.stop() };
  });

  it('pages through what is followed and what was registered, each once', async () => {
    await using discovery = new ServiceDiscovery({ backend: littered([]), runtime });
    for (const instanceId of ['c', 'a', 'b']) await discovery.registerService({ ...voice, instanceId });
    await discovery.getService('voice');
    const [endpoints] = discovery.resources();
    const first = await endpoints?.list({ limit: 2 });
    expect(first?.items.map(({ id }) => id)).toEqual(['voice/a', 'voice/b']);
    const rest = await endpoints?.list({ limit: 2, ...(first?.next !== undefined && { after: first.next }) });
    expect([rest?.items.map(({ instanceId }) => instanceId), rest?.next]).toEqual([['c'], undefined]);
  });

  it('shows what is stale, what is no endpoint, and what this process registered', async () => {
    const backend = littered(['x']);
    const line = faultyBackend(backend);
    await using discovery = new ServiceDiscovery({ backend: line, runtime });
    const { incarnation } = await discovery.registerService({ ...voice, instanceId: 'a' });
    await discovery.ready('voice');
    line.cut();
    await runtime.clock.advance(7_000);
    const seen = { id: 'voice/a', ...voice, instanceId: 'a', incarnation, weight: 1, tags: [], metadata: {}, state: 'ready' };
    expect(await list(discovery, 'endpoints')).toEqual([{ ...seen, staleMs: 7_000 }]);
    expect(await list(discovery, 'registrations')).toEqual([{ ...seen, wanted: 'ready', lives: 1 }]);
    expect(await list(discovery, 'malformed records')).toEqual([
      { id: 'voice/x', serviceName: 'voice', key: 'x', problem: 'endpoint must be JSON' },
    ]);
    expect(await list(discovery, 'services')).toEqual([
      { id: 'voice', known: true, endpoints: 1, ready: 1, suspects: 0, malformed: 1, staleMs: 7_000, revision: 1, listeners: 0 },
    ]);
  });
});

describe('acting', () => {
  it('drains and deregisters what is known here, whoever registered it', async () => {
    const registry = new MemoryRegistry({ runtime });
    await using home = new ServiceDiscovery({ backend: memoryBackend({ registry }), runtime });
    await using abroad = new ServiceDiscovery({ backend: memoryBackend({ registry }), runtime });
    const endpoint = await home.registerService({ ...voice, instanceId: 'a' });
    await abroad.ready('voice');
    const act = (on: ServiceDiscovery, name: string, target: string): Promise<unknown> =>
      on
        .actions()
        .find((action) => action.name === name)
        ?.run({ ...by, target }) ?? Promise.reject(new Error(`no action ${name}`));
    const { serviceName, instanceId, incarnation } = endpoint;
    expect(await act(abroad, 'drain', 'voice/a')).toEqual({ serviceName, instanceId, incarnation });
    expect(await abroad.getService('voice', { states: ['draining'] })).toHaveLength(1);
    await act(home, 'deregister', 'voice/a');
    expect(await abroad.getService('voice', { states: ['ready', 'draining'] })).toEqual([]);
    for (const target of ['voice/a', 'voice', 'voice/a/b', '', '__proto__/x'])
      await expect(act(home, 'drain', target)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', details: { path: 'target' } });
    expect(home.actions().map(({ name, destructive }) => [name, destructive])).toEqual([
      ['drain', false],
      ['deregister', true],
    ]);
  });
});
