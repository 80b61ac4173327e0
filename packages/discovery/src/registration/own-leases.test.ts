import type { Endpoint, Runtime } from '@tutti/core';
import { type TestRuntime, testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../adapters/memory.ts';
import { MemoryRegistry } from '../adapters/memory-registry.ts';
import type { DiscoveryBackend } from '../backend/discovery-backend.ts';
import { DiscoveryCounter } from '../discovery-counter.ts';
import { HealthChecker } from '../health/health-checker.ts';
import { endpointOf } from '../testing/endpoint-of.ts';
import { type FaultyBackend, faultyBackend } from '../testing/faulty-backend.ts';
import { registryWatch } from '../testing/registry-watch.ts';
import { OwnLeases } from './own-leases.ts';

const ttlMs = 3_000;

function registry(): { readonly runtime: TestRuntime; readonly line: FaultyBackend; readonly other: DiscoveryBackend } {
  const runtime = testRuntime();
  const shared = new MemoryRegistry({ runtime });
  return { runtime, line: faultyBackend(memoryBackend({ registry: shared })), other: memoryBackend({ registry: shared }) };
}

const leasesOn = (backend: DiscoveryBackend, runtime: Runtime): OwnLeases =>
  new OwnLeases(backend, { ttlMs, runtime, checks: new HealthChecker({ runtime }), counter: new DiscoveryCounter(runtime) });

/** Loses the lease of what was registered, and lets it be registered again. */
async function loseLease(line: FaultyBackend, runtime: TestRuntime): Promise<void> {
  line.cut();
  await runtime.clock.advance(2 * ttlMs);
  line.mend();
  await runtime.clock.advance(ttlMs);
}

describe('the leases of a process', () => {
  it('are renewed three times a ttl, all in one call', async () => {
    const { runtime, line } = registry();
    const renewals: number[] = [];
    const leases = leasesOn({ ...line, renew: (lives, ms) => line.renew(lives, ms).finally(() => renewals.push(lives.length)) }, runtime);
    await leases.hold(endpointOf('a', '1'), undefined);
    await leases.hold(endpointOf('b', '1'), undefined);
    await runtime.clock.advance(4 * ttlMs);
    expect(renewals.length).toBeGreaterThanOrEqual(11);
    expect(new Set(renewals)).toEqual(new Set([2]));
    await leases.close();
  });

  it('can be given up by a reference of any life that the endpoint had', async () => {
    const { runtime, line, other } = registry();
    const leases = leasesOn(line, runtime);
    await using watch = registryWatch(other);
    for (const pick of [0, 1, 2]) {
      const lives: Endpoint[] = [endpointOf('a', `${pick}`)];
      await leases.hold(lives[0] as Endpoint, undefined);
      for (let loss = 0; loss < 2; loss++) {
        await loseLease(line, runtime);
        lives.push(watch.endpoints.get('a') as Endpoint);
      }
      expect(new Set(lives.map(({ incarnation }) => incarnation)).size).toBe(3);
      await leases.deregister(lives[pick] as Endpoint);
      await runtime.clock.advance(2 * ttlMs);
      expect([leases.endpoints, watch.lives]).toEqual([[], []]);
    }
    await leases.close();
  });

  it('leave nothing behind when an endpoint is deregistered while it is being registered again', async () => {
    const { runtime, line, other } = registry();
    const late = Promise.withResolvers<void>();
    let puts = 0;
    const backend = {
      ...line,
      put: async (endpoint: Endpoint, ms: number) =>
        ++puts === 2 ? late.promise.then(() => line.put(endpoint, ms)) : line.put(endpoint, ms),
    };
    const leases = leasesOn(backend, runtime);
    await using watch = registryWatch(other);
    const endpoint = endpointOf('a', '1');
    await leases.hold(endpoint, undefined);
    await loseLease(line, runtime);
    expect(puts).toBe(2);
    await leases.deregister(endpoint);
    late.resolve();
    await runtime.clock.advance(1);
    expect(watch.lives).toEqual([]);
    expect(watch.heard.at(-1)).toMatch(/^remove:/);
    await leases.close();
  });

  it('leave nothing behind when the process stops while an endpoint is being registered', async () => {
    const { runtime, line, other } = registry();
    const late = Promise.withResolvers<void>();
    const leases = leasesOn({ ...line, put: (endpoint, ms) => late.promise.then(() => line.put(endpoint, ms)) }, runtime);
    await using watch = registryWatch(other);
    const holding = leases.hold(endpointOf('a', '1'), undefined);
    await leases.close();
    late.resolve();
    await expect(holding).rejects.toMatchObject({ code: 'NOT_RUNNING' });
    expect(watch.heard).toEqual(['snapshot:0', 'upsert:a#1:ready', 'remove:a#1']);
  });

  it('say for how long they could not be renewed', async () => {
    const { runtime, line } = registry();
    const leases = leasesOn(line, runtime);
    await leases.hold(endpointOf('a', '1'), undefined);
    expect(leases.health()).toEqual({ status: 'healthy' });
    line.cut();
    await runtime.clock.advance(ttlMs);
    expect(leases.health()).toMatchObject({
      status: 'degraded',
      reason: expect.stringMatching(/^leases could not be renewed for \d+ ms$/),
    });
    line.mend();
    await runtime.clock.advance(ttlMs);
    expect(leases.health()).toEqual({ status: 'healthy' });
    await leases.close();
  });
});
