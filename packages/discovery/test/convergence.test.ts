import type { Endpoint } from '@tutti/core';
import { sqliteDatabase } from '@tutti/core/sqlite';
import { testRuntime } from '@tutti/core/testing';
import { type DiscoveryBackend, MemoryRegistry, memoryBackend, ServiceDiscovery } from '@tutti/discovery';
import { sqliteBackend } from '@tutti/discovery/sqlite';
import { type BackendSubject, faultyBackend } from '@tutti/discovery/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ModelRegistry } from './model-registry.ts';

type Step =
  | { readonly kind: 'put'; readonly instance: number; readonly ttlMs: number }
  | { readonly kind: 'renew' | 'remove'; readonly instance: number; readonly age: number }
  | { readonly kind: 'mark'; readonly instance: number; readonly age: number; readonly state: Endpoint['state'] }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'cut' }
  | { readonly kind: 'mend' };

const instance = fc.integer({ min: 0, max: 1 });
/** 0 is the present life of the instance, 1 the one before it, and so on. */
const age = fc.constantFrom(0, 0, 0, 1, 2);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), instance, ttlMs: fc.constantFrom(1_000, 3_000, 60_000) }),
  fc.record({ kind: fc.constantFrom('renew' as const, 'remove' as const), instance, age }),
  fc.record({
    kind: fc.constant('mark' as const),
    instance,
    age,
    state: fc.constantFrom('ready' as const, 'unhealthy' as const, 'draining' as const),
  }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(100, 900, 2_500) }),
  fc.record({ kind: fc.constant('cut' as const) }),
  fc.record({ kind: fc.constant('mend' as const) }),
);

function memorySubject(): BackendSubject {
  const runtime = testRuntime();
  const registry = new MemoryRegistry({ runtime });
  return { runtime, connect: () => memoryBackend({ registry }), pass: (ms) => runtime.clock.advance(ms) };
}

async function sqliteSubject(): Promise<BackendSubject> {
  const runtime = testRuntime();
  const database = sqliteDatabase({ path: ':memory:', runtime });
  await database.start();
  // The leases of the schedules end on whole hundreds of milliseconds, and are looked for on the same.
  return {
    runtime: { ...runtime, random: () => 0.5 },
    connect: () => sqliteBackend({ database, sweepInterval: '100ms', runtime: { ...runtime, random: () => 0.5 } }),
    pass: (ms) => runtime.clock.advance(ms),
    dispose: () => database.stop(),
  };
}

/** Plays a schedule against a registry and the model of one, with a subscriber whose line is cut and mended on the way. */
async function play(subject: BackendSubject, steps: readonly Step[]): Promise<void> {
  const writer: DiscoveryBackend = await subject.connect();
  const line = faultyBackend(await subject.connect());
  const discovery = new ServiceDiscovery({ backend: line, runtime: subject.runtime });
  const model = new ModelRegistry();
  const lives: Endpoint[][] = [[], []];
  const known = new Map<string, Endpoint>();
  const over = new Set<string>();
  let revision = 0;

  async function take(next: Step): Promise<void> {
    if (next.kind === 'cut') return line.cut();
    if (next.kind === 'mend') return line.mend();
    if (next.kind === 'pass') {
      await subject.pass(next.ms);
      return model.pass(next.ms);
    }
    const of = lives[next.instance] ?? [];
    if (next.kind === 'put') {
      const life = endpoint(`i${next.instance}`, `i${next.instance}#${of.length + 1}`);
      of.push(life);
      await writer.put(life, next.ttlMs);
      return model.put(life, next.ttlMs);
    }
    const life = of.at(-1 - next.age);
    if (!life) return;
    if (next.kind === 'renew') expect(await writer.renew([life], 20_000)).toEqual([model.renew(life, 20_000)]);
    else if (next.kind === 'mark') expect(await writer.mark(life, next.state)).toBe(model.mark(life, next.state));
    else {
      await writer.remove(life);
      model.remove(life);
    }
  }

  discovery.watchEndpoints('voice', (change) => {
    const before = new Set(Array.from(known.values(), ({ incarnation }) => incarnation));
    expect(change.revision).toBeGreaterThan(revision);
    revision = change.revision;
    if (change.kind === 'snapshot') {
      known.clear();
      for (const endpoint of change.endpoints) known.set(endpoint.instanceId, endpoint);
    } else if (change.kind === 'upsert') known.set(change.endpoint.instanceId, change.endpoint);
    else known.delete(change.endpoint.instanceId);
    for (const { incarnation } of known.values()) {
      expect(over, 'a life that was over has come back').not.toContain(incarnation);
      before.delete(incarnation);
    }
    for (const incarnation of before) over.add(incarnation);
  });

  for (const next of steps) {
    await take(next);
    expect(await livesIn(writer)).toEqual(model.lives);
  }
  line.mend();
  await subject.pass(6_000);
  model.pass(6_000);
  expect(livesOf(known.values())).toEqual(model.lives);
  await discovery.stop();
  await writer.close();
}

async function livesIn(backend: DiscoveryBackend): Promise<readonly string[]> {
  const first = Promise.withResolvers<readonly string[]>();
  const controller = new AbortController();
  const watching = backend.watch(
    'voice',
    (change) => first.resolve(change.kind === 'snapshot' ? livesOf(change.endpoints) : []),
    controller.signal,
  );
  const lives = await first.promise;
  controller.abort();
  await watching;
  return lives;
}

function livesOf(endpoints: Iterable<Endpoint>): readonly string[] {
  return Array.from(endpoints, ({ incarnation, state }) => `${incarnation}:${state}`).toSorted();
}

function endpoint(instanceId: string, incarnation: string): Endpoint {
  return { serviceName: 'voice', instanceId, incarnation, host: '127.0.0.1', port: 1, weight: 1, tags: [], metadata: {}, state: 'ready' };
}

describe('whatever happens, a subscriber comes to what the registry holds, and no life comes back', () => {
  it.each([
    ['memory', memorySubject, 300],
    ['sqlite', sqliteSubject, 100],
  ] as const)('on %s', async (_name, make, numRuns) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const subject = await make();
        try {
          await play(subject, steps);
        } finally {
          await subject.dispose?.();
        }
      }),
      { numRuns },
    );
  });
});
