import type { EndpointChange } from '@tutti/core';
import { type TestRuntime, testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../adapters/memory.ts';
import { MemoryRegistry } from '../adapters/memory-registry.ts';
import type { DiscoveryBackend } from '../backend/discovery-backend.ts';
import { DiscoveryCounter } from '../discovery-counter.ts';
import { HealthChecker } from '../health/health-checker.ts';
import { endpointOf } from '../testing/endpoint-of.ts';
import { type FaultyBackend, faultyBackend } from '../testing/faulty-backend.ts';
import { ServiceView } from './service-view.ts';

interface Followed {
  readonly runtime: TestRuntime;
  readonly line: FaultyBackend;
  readonly registry: DiscoveryBackend;
  readonly warnings: string[];
  readonly view: ServiceView;
  readonly heard: EndpointChange[];
}

function followed(): Followed {
  const warnings: string[] = [];
  const runtime = {
    ...testRuntime(),
    logger: { enabled: () => true, log: (_level: string, message: string) => void warnings.push(message) },
  };
  const registry = new MemoryRegistry({ runtime });
  const line = faultyBackend(memoryBackend({ registry }));
  const beliefs = { runtime, checks: new HealthChecker({ runtime }), preservation: undefined, counter: new DiscoveryCounter(runtime) };
  const view = new ServiceView('voice', line, beliefs);
  const heard: EndpointChange[] = [];
  view.listen((change) => heard.push(change));
  return { runtime, line, registry: memoryBackend({ registry }), warnings, view, heard };
}

describe('the view of a service', () => {
  it('says nothing when the registry is read anew and holds the same', async () => {
    const { runtime, line, registry, view, heard } = followed();
    await registry.put(endpointOf('a', '1'), 600_000);
    line.cut();
    await runtime.clock.advance(1);
    line.mend();
    await runtime.clock.advance(10_000);
    expect([view.staleMs, heard.map(({ kind, revision }) => `${kind} ${revision}`)]).toEqual([0, ['snapshot 1', 'upsert 2']]);
    await view.close();
  });

  it('says a snapshot when the registry is read anew and holds something else', async () => {
    const { runtime, line, registry, view, heard } = followed();
    await registry.put(endpointOf('a', '1'), 600_000);
    line.cut();
    await registry.put(endpointOf('a', '2'), 600_000);
    line.mend();
    await runtime.clock.advance(10_000);
    expect(heard.at(-1)).toEqual({ kind: 'snapshot', revision: 3, endpoints: [endpointOf('a', '2')] });
    await view.close();
  });

  it('tries again soon after a loss, ever more rarely while it lasts, and soon again after the next one', async () => {
    const { runtime, line, view } = followed();
    const lose = async (forMs: number): Promise<readonly number[]> => {
      const delays: number[] = [];
      line.cut();
      await runtime.clock.advance(0);
      for (let passed = 0; passed < forMs; ) {
        const delay = runtime.clock.nextDelayMs() ?? 0;
        delays.push(delay);
        passed += delay;
        await runtime.clock.advance(delay);
      }
      line.mend();
      await runtime.clock.advance(5_000);
      expect(view.staleMs).toBe(0);
      return delays;
    };
    for (const delays of [await lose(60_000), await lose(60_000)]) {
      expect(delays[0]).toBeLessThanOrEqual(200);
      expect(delays[1]).toBeLessThanOrEqual(400);
      expect(Math.max(...delays)).toBeGreaterThan(2_000);
      expect(Math.max(...delays)).toBeLessThanOrEqual(5_000);
    }
    await view.close();
  });

  it('warns once a loss', async () => {
    const { runtime, line, warnings, view } = followed();
    for (const loss of [1, 2]) {
      line.cut();
      await runtime.clock.advance(60_000);
      expect(warnings).toHaveLength(loss);
      line.mend();
      await runtime.clock.advance(5_000);
    }
    expect(warnings[0]).toBe('the registry of voice was lost; what is known stays in use');
    await view.close();
  });

  it('lets a writer wait until it has heard of the write itself, but no longer than it was told to', async () => {
    const { runtime, registry, view } = followed();
    const life = endpointOf('a', '1');
    let heard = false;
    const waiting = view.until(life, (known) => known?.state === 'draining', 1_000).then(() => (heard = true));
    await registry.put(life, 600_000);
    await runtime.clock.advance(500);
    expect(heard).toBe(false);
    await registry.mark(life, 'draining');
    await waiting;
    expect(runtime.clock.nextDelayMs()).toBe(599_500);
    const never = view.until(life, (known) => known === undefined, 1_000);
    await runtime.clock.advance(1_000);
    await never;
    await view.close();
  });
});
