import type { Endpoint } from '@tutti/core';
import { faultScale, simulate } from '@tutti/core/testing';
import { type DiscoveryBackend, MemoryRegistry, memoryBackend, type RegistryChange } from '@tutti/discovery';
import { describe, expect, it } from 'vitest';
import { playFaults, type Schedule } from './fault-schedule.ts';

type Registry = ConstructorParameters<typeof MemoryRegistry>[0];

/** A registry that can be emptied: everybody is moved to a new one, as clients of a server that restarts are. */
function forgetful(options: Registry, spoil: (backend: DiscoveryBackend) => DiscoveryBackend = (backend) => backend): Schedule {
  let registry = new MemoryRegistry(options);
  let restart = new AbortController();
  const current = (): DiscoveryBackend => memoryBackend({ registry });
  const lost = (): Error => Object.assign(new Error('the registry restarted'), { code: 'STORE_UNAVAILABLE' });
  const connect = (): DiscoveryBackend => {
    const closed = new AbortController();
    return spoil({
      name: 'forgetful',
      capabilities: { registers: true },
      put: (...args) => current().put(...args),
      renew: (...args) => current().renew(...args),
      mark: (...args) => current().mark(...args),
      remove: (...args) => current().remove(...args),
      async watch(serviceName, listener, signal) {
        const { signal: restarted } = restart;
        await current().watch(serviceName, listener, AbortSignal.any([signal, restarted, closed.signal]));
        if (restarted.aborted && !signal.aborted && !closed.signal.aborted) throw lost();
      },
      close: async () => closed.abort(),
    });
  };
  return {
    connect,
    members: 5,
    steps: 60,
    forget() {
      registry = new MemoryRegistry(options);
      restart.abort();
      restart = new AbortController();
    },
  };
}

const seeds = faultScale(2_000);

describe('whatever happens to processes, their lines and the registry, what each was told holds together', () => {
  it('and all come to what the registry holds', async () => {
    let asked = 0;
    const report = await simulate({
      name: 'endpoints under faults',
      seeds,
      async run(sim) {
        asked += (await playFaults(sim, forgetful({ runtime: sim.runtime }))).suspectsAsked;
      },
    });
    expect(report.seeds).toBe(seeds);
    expect(asked, 'the registry was doubted now and then').toBeGreaterThan(seeds);
  }, 600_000);
});

describe('controls: the check finds', () => {
  const broken = (spoil: (backend: DiscoveryBackend) => DiscoveryBackend): Promise<unknown> =>
    simulate({
      name: 'endpoints under faults',
      seeds: 200,
      run: async (sim) => void (await playFaults(sim, forgetful({ runtime: sim.runtime }, spoil))),
    });

  it('a registry that takes a late renewal for a new life', async () => {
    const lives = new Map<string, Endpoint>();
    const resurrecting = (backend: DiscoveryBackend): DiscoveryBackend => ({
      ...backend,
      async put(endpoint, ttlMs) {
        lives.set(endpoint.incarnation, endpoint);
        await backend.put(endpoint, ttlMs);
      },
      async renew(refs, ttlMs) {
        const states = await backend.renew(refs, ttlMs);
        for (const [index, { incarnation }] of refs.entries()) {
          const life = lives.get(incarnation);
          if (states[index] === 'gone' && life) await backend.put(life, ttlMs);
        }
        return states.map((state) => (state === 'gone' ? 'ready' : state));
      },
    });
    await expect(broken(resurrecting)).rejects.toThrowError(/was over and has come back/);
  });

  it('a watch that says nothing of what happened while it was lost', async () => {
    const forgetfulOfGaps = (backend: DiscoveryBackend): DiscoveryBackend => {
      let before: readonly Endpoint[] | undefined;
      return {
        ...backend,
        watch: (serviceName, listener, signal) =>
          backend.watch(
            serviceName,
            (change: RegistryChange) => {
              if (change.kind === 'snapshot') before ??= change.endpoints;
              listener(change.kind === 'snapshot' ? { kind: 'snapshot', endpoints: before ?? [] } : change);
            },
            signal,
          ),
      };
    };
    await expect(broken(forgetfulOfGaps)).rejects.toThrowError(/things are wrong|does not know|which is not there|come back/);
  });

  it('a farewell that does not look whose it is', async () => {
    const blunt = (backend: DiscoveryBackend): DiscoveryBackend => ({
      ...backend,
      watch: (serviceName, listener, signal) =>
        backend.watch(
          serviceName,
          (change) => {
            listener(change);
            // every end is told again when the next life has begun, under the name of the next life
            if (change.kind === 'upsert') listener({ kind: 'remove', endpoint: change.endpoint, farewell: true });
          },
          signal,
        ),
    });
    await expect(broken(blunt)).rejects.toThrowError(/does not know|come back|things are wrong/);
  });
});
