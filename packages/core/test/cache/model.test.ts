import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cache, scopedKey, shared, tenant } from '../../src/cache/index.ts';
import { Call } from '../../src/call/call.ts';
import type { KeyValue } from '../../src/ports/key-value.ts';
import { type Random, seededRandom } from '../../src/runtime/random.ts';
import { sleep } from '../../src/runtime/sleep.ts';
import { type TestRuntime, testRuntime } from '../../src/testing/index.ts';
import { type MapStore, mapStore, withoutVersions } from './map-store.ts';

const tenants = ['acme', 'bolt'] as const;
const ids = [1, 2, 3] as const;
const boundMs = 500;
const maxBytes = 2_600; // about three entries

/** What the cache is measured against: the source itself, and when it was last said that older versions are over. */
interface Truth {
  version: number;
  /** The first version that readers must see who come after `at`. */
  readonly acknowledged: { readonly version: number; readonly at: number; readonly by: number }[];
}

interface Value {
  readonly of: string;
  readonly id: number;
  readonly version: number;
}

type Step =
  | { readonly do: 'read'; readonly node: number; readonly whose: number; readonly id: number }
  | { readonly do: 'write'; readonly node: number; readonly whose: number; readonly id: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'store'; readonly state: MapStore['state'] }
  | { readonly do: 'origin'; readonly fails: boolean };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('read' as const), node: fc.nat(2), whose: fc.nat(1), id: fc.nat(2) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('write' as const), node: fc.nat(2), whose: fc.nat(1), id: fc.nat(2) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1, 20, 100, 501, 600, 3_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('store' as const), state: fc.constantFrom('well', 'well', 'hangs', 'fails' as const) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('origin' as const), fails: fc.boolean() }) },
);

/** Three processes, two tenants and a source that takes its time; `broken` collects every promise that was not kept. */
class World {
  readonly broken: string[] = [];
  readonly #runtime: TestRuntime;
  readonly #random: Random;
  readonly #store: MapStore;
  readonly #nodes: readonly Cache[];
  readonly #truths: Map<string, Truth> = new Map();
  readonly #open: Promise<unknown>[] = [];
  #originFails = false;
  reads = 0;

  constructor(seed: number, over: (store: KeyValue) => KeyValue) {
    this.#runtime = testRuntime(seed);
    this.#random = seededRandom(seed);
    this.#store = mapStore(this.#runtime);
    this.#nodes = [0, 1, 2].map(
      (node) =>
        new Cache({
          name: 'model',
          l1: { maxBytes },
          l2: over(this.#store),
          ttl: '2s',
          staleWhileRevalidate: '1s',
          staleIfError: '4s',
          tagBound: `${boundMs}ms`,
          loadLock: node === 0 ? 'off' : '1s', // both kinds beside each other, as while one is rolled out
          runtime: { ...this.#runtime, random: seededRandom(seed * 3 + node) },
        }),
    );
  }

  async take(step: Step): Promise<void> {
    if (step.do === 'read') this.#open.push(this.#read(step.node, tenants[step.whose] as string, ids[step.id] as number));
    else if (step.do === 'write') this.#open.push(this.#write(step.node, tenants[step.whose] as string, ids[step.id] as number));
    else if (step.do === 'store') this.#store.state = step.state;
    else if (step.do === 'origin') this.#originFails = step.fails;
    else await this.#runtime.clock.advance(step.ms);
    for (const node of this.#nodes) if (node.stats().bytes > maxBytes) this.broken.push(`${node.stats().bytes} bytes are held`);
  }

  async end(): Promise<void> {
    await this.#runtime.clock.advance(60_000);
    await Promise.all(this.#open);
    for (const node of this.#nodes) {
      const stopped = node.stop();
      await this.#runtime.clock.advance(1_000);
      await stopped;
    }
  }

  #truth(of: string, id: number): Truth {
    const name = `${of} ${id}`;
    const truth = this.#truths.get(name) ?? { version: 1, acknowledged: [] };
    this.#truths.set(name, truth);
    return truth;
  }

  async #read(node: number, of: string, id: number): Promise<void> {
    const call = Call.root({ runtime: this.#runtime, tenant: of, principal: `reader ${this.reads}` });
    const cameAt = this.#runtime.clock.now();
    const truth = this.#truth(of, id);
    const { acknowledged } = truth;
    const least = Math.max(
      1,
      ...acknowledged.filter(({ at, by }) => at + (by === node ? 0 : boundMs) < cameAt).map(({ version }) => version),
    );
    const load = async (inner: Call): Promise<Value> => {
      await sleep(this.#runtime.clock, Math.floor(this.#random() * 5) * 40);
      const { version } = truth;
      await sleep(this.#runtime.clock, Math.floor(this.#random() * 5) * 400);
      if (this.#originFails) throw new Error('origin down');
      return { of: inner.tenant ?? 'nobody', id, version };
    };
    const tags = [scopedKey(tenant(call), 'orders', id), scopedKey(shared(), 'everything')];
    const found = await (this.#nodes[node] as Cache).get(scopedKey(tenant(call), 'order', id), load, { tags, call }).catch(() => undefined);
    if (!found) return;
    this.reads++;
    if (found.of !== of || found.id !== id) this.broken.push(`${of} ${id} read what belongs to ${found.of} ${found.id}`);
    if (found.version < least) this.broken.push(`${of} ${id} read version ${found.version} after ${least} was acknowledged`);
  }

  /** Changes the source, then says so; nothing is promised while that is not acknowledged. */
  async #write(node: number, of: string, id: number): Promise<void> {
    const call = Call.root({ runtime: this.#runtime, tenant: of });
    const truth = this.#truth(of, id);
    const version = ++truth.version;
    const told = await (this.#nodes[node] as Cache).invalidateTags([scopedKey(tenant(call), 'orders', id)]).then(
      () => true,
      () => false,
    );
    if (told) truth.acknowledged.push({ version, at: this.#runtime.clock.now(), by: node });
  }
}

async function broken(seed: number, steps: readonly Step[], over: (store: KeyValue) => KeyValue = (store) => store): Promise<World> {
  const world = new World(seed, over);
  for (const one of steps) await world.take(one);
  await world.end();
  return world;
}

const lives = fc.tuple(fc.nat(1_000_000), fc.array(step, { minLength: 30, maxLength: 120 }));

describe('three processes with a cache (C1, C6, C8)', () => {
  it('read no more than one bound behind what was acknowledged, never for another tenant, within their bytes', async () => {
    let reads = 0;
    await fc.assert(
      fc.asyncProperty(lives, async ([seed, steps]) => {
        const world = await broken(seed, steps);
        reads += world.reads;
        expect(world.broken).toEqual([]);
      }),
      { numRuns: 300, seed: 20_261_123 },
    );
    expect(reads).toBeGreaterThan(2_000);
  });

  it('read older versions when those of the tags are not looked at: the control', async () => {
    const outcome = await fc.check(
      fc.asyncProperty(lives, async ([seed, steps]) => {
        expect((await broken(seed, steps, withoutVersions)).broken).toEqual([]);
      }),
      { numRuns: 300, seed: 20_261_123, endOnFailure: true },
    );
    expect(outcome.failed).toBe(true);
  });
});
