import { type EndpointLease, type Random, seededRandom, TuttiError } from '@tutti/core';
import { testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import type { BreakerPolicy } from '../src/index.ts';
import { type MeshSetUp, type SetUpOptions, setUp, voice } from './mesh-set-up.ts';
import { type StallingClock, stallingClock } from './stalling-clock.ts';

const get = { method: 'GET', path: '/' };
const withBreaker = (endpointBreaker: BreakerPolicy, options: SetUpOptions = {}): Promise<MeshSetUp> =>
  setUp({ instances: ['a', 'b'], ...options, policy: { outliers: false, panicBelow: 0, endpointBreaker } });

describe('the breaker of an endpoint', () => {
  it('opens after failures in a row, lets one through after a pause, and closes when that went well', async () => {
    const house = await withBreaker({ failures: 3, openFor: '10s' });
    for (let each = 0; each < 3; each++) house.take('failure', { exclude: ['b'] });
    expect(house.seen('a')).toMatchObject({ breaker: 'open', eligible: false, reasons: ['shut off by its breaker'] });
    expect(house.shares(100)).toEqual({ b: 100 });
    await house.runtime.clock.advance(10_000);
    const probe = house.mesh.lease(voice, { exclude: ['b'] });
    expect([probe.endpoint.instanceId, house.seen('a').breaker]).toEqual(['a', 'half-open']);
    expect(house.shares(100)).toEqual({ b: 100 });
    probe.done({ kind: 'success', latencyMs: 1 });
    expect(house.shares(100)).toEqual({ a: 50, b: 50 });
  });

  it('waits longer after each probe that failed', async () => {
    const house = await withBreaker({ failures: 1, openFor: '10s', openForMax: '30s' });
    const only = { exclude: ['b'] };
    house.take('failure', only);
    for (const pauseMs of [10_000, 20_000, 30_000, 30_000]) {
      await house.runtime.clock.advance(pauseMs - 1);
      expect(house.take('success', only)).toBe('b');
      await house.runtime.clock.advance(1);
      expect(house.take('failure', only)).toBe('a');
    }
  });

  it('outlives another policy that does not concern it, and begins anew with one that does', async () => {
    const endpointBreaker = { failures: 1, openFor: '1h' } as const;
    const house = await withBreaker(endpointBreaker);
    house.take('failure', { exclude: ['b'] });
    house.mesh.setPolicy({ defaults: { panicBelow: 0, timeout: '1s', endpointBreaker } });
    expect(house.seen('a').breaker).toBe('open');
    house.mesh.setPolicy({ defaults: { panicBelow: 0, endpointBreaker: { ...endpointBreaker, failures: 2 } } });
    expect(house.seen('a').breaker).toBe('closed');
  });

  it('can be held open and held closed by hand, whatever happens', async () => {
    const house = await withBreaker({ failures: 1, openFor: '10s' });
    const act = (name: string): unknown =>
      house.mesh
        .actions()
        .find((action) => action.name === name)
        ?.run({ target: 'voice/a', actor: 'ann', reason: 'tried' });
    house.take();
    await act('open-breaker');
    await house.runtime.clock.advance(3_600_000);
    expect(house.shares(100)).toEqual({ b: 100 });
    await act('close-breaker');
    for (let each = 0; each < 20; each++) house.take('failure', { exclude: ['b'] });
    expect(house.seen('a')).toMatchObject({ breaker: 'closed', eligible: true });
    await act('release-breaker');
    house.take('failure', { exclude: ['b'] });
    expect(house.seen('a').breaker).toBe('open');
  });

  it('refuses to be held where there is none', async () => {
    const house = await setUp();
    house.take();
    const open = house.mesh.actions().find(({ name }) => name === 'open-breaker');
    for (const target of ['voice/a', 'voice/x', 'nobody/a', 'voice']) {
      await expect(open?.run({ target, actor: 'ann', reason: 'tried' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
  });
});

const openForMs = 1_000;
const openForMaxMs = 4_000;
const kinds = ['success', 'success', 'failure', 'failure', 'failure', 'cancelled', 'rejected'] as const;

/** What is out at one endpoint while its breaker is half-open. */
interface Probes {
  readonly out: Set<EndpointLease>;
  lastAt: number;
}

/** One random life of a mesh over two endpoints: leases that overlap in any way, some of which are never heard of again. */
class Life {
  readonly #house: MeshSetUp;
  readonly #clock: StallingClock;
  readonly #probesAtOnce: number;
  readonly #leases: EndpointLease[] = [];
  readonly #probes = new Map<string, Probes>();

  constructor(house: MeshSetUp, clock: StallingClock, probesAtOnce: number) {
    this.#house = house;
    this.#clock = clock;
    this.#probesAtOnce = probesAtOnce;
  }

  step(random: Random): void {
    const drawn = random();
    if (drawn < 0.45) this.#lease();
    else if (drawn < 0.9) this.#end(random);
    else this.#clock.stall(random() * 1_500);
  }

  /** Whether an endpoint takes nothing although it has waited for longer than any pause. */
  isStuck(): boolean {
    this.#clock.stall(openForMaxMs + 1);
    const taken = ['a', 'b'].map((other) => this.#tryLease({ exclude: [other] })?.endpoint.instanceId);
    return taken.join() !== 'b,a';
  }

  get inFlight(): number {
    return this.#leases.length;
  }

  #tryLease(hints: { readonly exclude?: readonly string[] } = {}): EndpointLease | undefined {
    try {
      const lease = this.#house.mesh.lease(voice, hints);
      this.#leases.push(lease);
      return lease;
    } catch (error) {
      if (!TuttiError.is(error, 'MESH_NO_ENDPOINT')) throw error;
      return undefined;
    }
  }

  #lease(): void {
    const lease = this.#tryLease();
    if (!lease) return;
    const { instanceId } = lease.endpoint;
    const probes = this.#probes.get(instanceId) ?? { out: new Set(), lastAt: 0 };
    this.#probes.set(instanceId, probes);
    if (this.#house.seen(instanceId).breaker !== 'half-open') {
      probes.out.clear();
      return;
    }
    const now = this.#clock.now();
    if (probes.out.size >= this.#probesAtOnce) {
      expect(now - probes.lastAt, 'one more probe than may be out').toBeGreaterThanOrEqual(openForMs);
      probes.out.clear();
    }
    probes.out.add(lease);
    probes.lastAt = now;
  }

  #end(random: Random): void {
    const [lease] = this.#leases.splice(Math.floor(random() * this.#leases.length), 1);
    if (!lease) return;
    if (random() < 0.05) {
      this.#leases.push(lease); // not heard of yet, perhaps never
      return;
    }
    const { instanceId } = lease.endpoint;
    lease.done({ kind: kinds[Math.floor(random() * kinds.length)] ?? 'failure', latencyMs: 1 });
    this.#probes.get(instanceId)?.out.delete(lease);
    if (this.#house.seen(instanceId).breaker !== 'half-open') this.#probes.get(instanceId)?.out.clear();
  }
}

async function live(random: Random, steps: number, openForMax: string): Promise<boolean> {
  const runtime = testRuntime(1 + Math.floor(random() * 1e6));
  const clock = stallingClock(runtime.clock);
  const probes = 1 + Math.floor(random() * 3);
  const failures = 1 + Math.floor(random() * 4);
  const openFor = openForMax === '4s' ? '1s' : openForMax;
  const breaker = { failures, probes, openFor, openForMax } as BreakerPolicy;
  const house = await withBreaker(breaker, { runtime: { ...runtime, clock } });
  const life = new Life(house, clock, probes);
  for (let step = 0; step < steps; step++) life.step(random);
  const rows = house.explain().endpoints.reduce((sum, { inFlight }) => sum + inFlight, 0);
  expect(rows, 'what is out is what is counted').toBe(life.inFlight);
  return life.isStuck();
}

describe('a hundred thousand steps of leases that overlap', () => {
  it('never leave an endpoint shut for good, nor let more than its probes through while it is tried', async () => {
    const random = seededRandom(20_261_130);
    for (let life = 0; life < 1_000; life++) expect(await live(random, 100, '4s'), `life ${life}`).toBe(false);
  });

  it('would be found stuck if the pause were longer than what is waited for (control)', async () => {
    const random = seededRandom(20_261_130);
    let stuck = 0;
    for (let life = 0; life < 20; life++) if (await live(random, 100, '1h')) stuck++;
    expect(stuck).toBeGreaterThan(10);
  });
});

describe('the breaker of a service', () => {
  it('refuses at once after failures of any of its endpoints, and asks again after the pause', async () => {
    let status = 500;
    const house = await setUp({
      script: (each) => each.answer(status),
      policy: { outliers: false, serviceBreaker: { failures: 6, openFor: '10s' } },
    });
    const ask = () => house.settled(house.mesh.call(voice, get), 1);
    status = 503;
    for (let each = 0; each < 2; each++) expect(await ask()).toMatchObject({ status: 503 });
    const sent = house.log.length;
    const from = house.runtime.clock.now();
    expect(await ask()).toMatchObject({ code: 'BREAKER_OPEN', retryable: true });
    expect([house.log.length, house.runtime.clock.now() - from]).toEqual([sent, 1]);
    status = 200;
    await house.runtime.clock.advance(10_000);
    expect(await ask()).toMatchObject({ status: 200 });
    expect(await ask()).toMatchObject({ status: 200 });
  });
});
