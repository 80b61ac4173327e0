import {
  Call,
  compose,
  coreError,
  type EndpointLease,
  type Handler,
  pause,
  type Random,
  seededRandom,
  TuttiError,
  timeout,
} from '@tutti/core';
import { testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import type { BreakerPolicy, ServicePolicy } from '../src/index.ts';
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

/** A time limit of somebody around the mesh that passed. */
const tooLate = (): TuttiError => coreError('TIMEOUT', { operation: 'page', timeoutMs: 50 });

/** Ways to lose patience after 50 ms with what takes long. */
const hurries: readonly (readonly [string, (house: MeshSetUp, ask: Handler<undefined, unknown>) => Promise<unknown>])[] = [
  ['a deadline', ({ runtime }, ask) => ask(undefined, Call.root({ runtime, deadline: runtime.clock.now() + 50 }))],
  [
    'a time limit around it',
    ({ runtime }, ask) => compose(ask, [timeout({ operation: 'page', timeout: '50ms' })])(undefined, Call.root({ runtime })),
  ],
  ...[undefined, new Error('the client is gone'), new DOMException('too slow', 'TimeoutError'), tooLate()].map(
    (reason): (typeof hurries)[number] => [
      `a cancellation: ${reason}`,
      ({ runtime }, ask) => {
        const call = Call.root({ runtime });
        runtime.clock.after(50, () => call.cancel(reason));
        return ask(undefined, call);
      },
    ],
  ),
  [
    'a signal that is aborted with a reason of its own',
    ({ runtime }, ask) => {
      const client = new AbortController();
      runtime.clock.after(50, () => client.abort(new Error('the client is gone')));
      return ask(undefined, Call.root({ runtime, signal: client.signal }));
    },
  ],
];

describe('the breaker of a service', () => {
  const serviceBreaker = { failures: 6, openFor: '10s' } as const;
  const oneTry = { outliers: false, retry: { maxAttempts: 1 }, serviceBreaker } as const;
  const codeOf = (error: unknown): string => (TuttiError.is(error) ? error.code : String(error));
  const hangs: SetUpOptions['script'] = (each) => each.start();

  /** The two ways to ask for something that takes an hour, one that ends with its call and says so as it likes. */
  const waysToAsk: Readonly<Record<string, (house: MeshSetUp) => Handler<undefined, unknown>>> = {
    call:
      ({ mesh }) =>
      (_input, call) =>
        mesh.call(voice, get, call),
    handler: ({ mesh }) => mesh.handler(voice, (_input: undefined, call) => pause(call, 3_600_000)),
    'handler, by another error': ({ mesh }) =>
      mesh.handler(voice, async (_input: undefined, call) =>
        pause(call, 3_600_000).catch((cause: unknown) => {
          throw new Error('the query was aborted', { cause });
        }),
      ),
  };

  it('refuses at once after failures of any of its endpoints, and asks again after the pause', async () => {
    let status = 500;
    const house = await setUp({ script: (each) => each.answer(status), policy: { outliers: false, serviceBreaker } });
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

  describe.each(Object.entries(waysToAsk))('asked by %s', (_way, asking) => {
    it.each(hurries)('is not opened by callers in a hurry: %s', async (_title, hurry) => {
      const house = await setUp({ script: hangs, policy: oneTry });
      const ask = asking(house);
      for (let each = 0; each < 20; each++) {
        const code = codeOf(await house.settled(hurry(house, ask).catch(codeOf), 10));
        expect(code).not.toBe('BREAKER_OPEN');
      }
      expect(house.explain().endpoints.map(({ inFlight, consecutiveFailures }) => [inFlight, consecutiveFailures])).toEqual(
        ['a', 'b', 'c'].map(() => [0, 0]),
      );
    });

    it.each<[string, ServicePolicy]>([
      ['of a call', { timeout: '50ms' }],
      ['of a try', { attemptTimeout: '50ms' }],
      ['of a try, as long as that of a call', { attemptTimeout: '50ms', timeout: '50ms' }],
      ['of a call, with hedging', { timeout: '50ms', hedge: { after: '10ms', budgetShare: 1 } }],
    ])('is opened by the time limit of the policy %s, whatever the deadlines are', async (_title, limit) => {
      const house = await setUp({ script: hangs, policy: { ...oneTry, ...limit } });
      const ask = asking(house);
      const { runtime } = house;
      const codes: string[] = [];
      for (let each = 0; each < 7; each++) {
        const call = Call.root({ runtime, deadline: runtime.clock.now() + 60 });
        codes.push(codeOf(await house.settled(ask(undefined, call).catch(codeOf), 10)));
      }
      expect(codes).toEqual([...Array.from({ length: 6 }, () => 'TIMEOUT'), 'BREAKER_OPEN']);
    });
  });

  it('is not opened by work that says itself that the deadline has passed', async () => {
    const { mesh, runtime, explain } = await setUp({ policy: oneTry });
    const handler = mesh.handler(voice, async () => Promise.reject(coreError('DEADLINE_EXCEEDED', { operation: 'query' })));
    for (let each = 0; each < 20; each++) {
      expect(await handler(undefined, Call.root({ runtime })).catch(codeOf)).toBe('DEADLINE_EXCEEDED');
    }
    expect(explain().endpoints.map(({ consecutiveFailures }) => consecutiveFailures)).toEqual([0, 0, 0]);
  });

  it('is not opened by time that passed in the line before the service', async () => {
    const house = await setUp({ script: hangs, policy: { ...oneTry, timeout: '50ms', limits: { maxInFlight: 1 } } });
    const lease = house.mesh.lease(voice);
    const ask = () => house.settled(house.mesh.call(voice, get).catch(codeOf), 10);
    for (let each = 0; each < 20; each++) expect(await ask()).toBe('TIMEOUT');
    expect(house.log).toHaveLength(0);
    lease.done({ kind: 'success', latencyMs: 1 });
    for (let each = 0; each < 6; each++) expect(await ask()).toBe('TIMEOUT');
    expect(await ask(), 'that was the service (control)').toBe('BREAKER_OPEN');
  });

  it('is opened by deadlines that are held against its endpoints, one for each time that one of them kept silent', async () => {
    let hung = false;
    let leaves = true;
    const house = await setUp({
      instances: ['a'],
      script: (each, clock) => {
        if (!leaves) return;
        each.start();
        clock.after(20, () => hung || each.answer(200));
      },
      policy: oneTry,
    });
    const { mesh, runtime, settled } = house;
    const ask = (calls: number, ms: number) => {
      const one = () => mesh.call(voice, get, Call.root({ runtime, deadline: runtime.clock.now() + ms })).catch(codeOf);
      return settled(Promise.all(Array.from({ length: calls }, one)), 1);
    };
    for (let each = 0; each < 20; each++) expect(await ask(1, 100)).toMatchObject([{ status: 200 }]);
    hung = true;
    const late = Array.from({ length: 10 }, () => 'DEADLINE_EXCEEDED');
    for (let each = 0; each < 20; each++) expect(await ask(10, 40), 'no longer than it may take').toEqual(late);
    leaves = false;
    for (let each = 0; each < 20; each++) expect(await ask(10, 100), 'it was not asked').toEqual(late);
    leaves = true;
    for (let each = 0; each < 6; each++) expect(await ask(10, 100)).toEqual(late);
    expect(await ask(1, 100)).toEqual(['BREAKER_OPEN']);
  });

  it('does not hold a time limit around many calls against a service that was asked with impatience', async () => {
    let hung = false;
    const house = await setUp({
      instances: ['a', 'b'],
      script: (each, clock) => {
        each.start();
        const hangs = hung && each.endpoint.instanceId === 'a';
        if (!hangs) clock.after(20, () => each.aborted ?? each.answer(200));
      },
      policy: { ...oneTry, serviceBreaker: { failures: 2 } },
    });
    const { mesh, runtime, settled } = house;
    for (let each = 0; each < 40; each++) await settled(mesh.call(voice, get), 1);
    hung = true;
    const page = Call.root({ runtime });
    const calls = Array.from({ length: 10 }, () => mesh.call(voice, get, page).catch(codeOf));
    runtime.clock.after(100, () => page.cancel(tooLate()));
    expect(new Set((await settled(Promise.all(calls), 1)) as unknown[])).toContain('TIMEOUT');
    expect(house.seen('a').consecutiveFailures, 'one reason ended five calls to it').toBe(1);
    hung = false;
    expect(await settled(mesh.call(voice, get), 1)).toMatchObject({ status: 200 });
  });

  it('is one for all who call the service', async () => {
    const house = await setUp({ script: (each) => each.answer(200), policy: oneTry });
    const { mesh, runtime } = house;
    const broken = () => mesh.handler(voice, async () => Promise.reject(new Error('broken')));
    const ask = (handler: Handler<undefined, unknown>) => handler(undefined, Call.root({ runtime })).catch(codeOf);
    for (let each = 0; each < 6; each++) expect(await ask(broken())).toBe('Error: broken');
    expect(await ask(broken())).toBe('BREAKER_OPEN');
    expect(codeOf(await house.settled(mesh.call(voice, get), 1))).toBe('BREAKER_OPEN');
  });
});
