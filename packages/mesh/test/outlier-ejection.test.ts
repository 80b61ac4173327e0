import { Call, coreError } from '@tutti/core';
import { testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import type { ServicePolicy } from '../src/index.ts';
import { type MeshSetUp, type SetUpOptions, setUp, voice } from './mesh-set-up.ts';
import { type StallingClock, stallingClock } from './stalling-clock.ts';

const ten = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];

/** Fails on one instance so often in a row; the balancer is told to leave the others out. */
function fail({ take }: MeshSetUp, instanceId: string, times: number, among: readonly string[] = ten): void {
  for (let each = 0; each < times; each++) expect(take('failure', { exclude: among.filter((id) => id !== instanceId) })).toBe(instanceId);
}

/** For how many milliseconds an instance is left out, from now; undefined when it is not. */
function leftOutFor(house: MeshSetUp, instanceId: string): number | undefined {
  const { reasons, endsInMs } = house.seen(instanceId);
  return reasons.includes('ejected') ? endsInMs : undefined;
}

const house = (options: SetUpOptions = {}): Promise<MeshSetUp> => setUp({ instances: ten, ...options });

describe('an endpoint that fails five times in a row', () => {
  it('is left out for 30 s, then for 60, and so on up to 300', async () => {
    const mesh = await house();
    await mesh.mesh.ready(voice);
    const durations: (number | undefined)[] = [];
    // half a second after a sweep, so that none falls on the moment at which an ejection ends
    await mesh.runtime.clock.advance(500);
    for (let time = 0; time < 12; time++) {
      fail(mesh, 'c', 4);
      expect(leftOutFor(mesh, 'c')).toBeUndefined();
      fail(mesh, 'c', 1);
      const forMs = leftOutFor(mesh, 'c');
      durations.push(forMs);
      expect(mesh.shares(90)['c']).toBeUndefined();
      await mesh.runtime.clock.advance(forMs ?? 0);
      expect(mesh.shares(10)['c']).toBe(1);
    }
    expect(durations).toEqual([30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 300, 300].map((seconds) => seconds * 1_000));
  });

  it('makes one ejection good with each interval in which it works again, and not with the one in which it came back', async () => {
    const mesh = await house();
    await mesh.mesh.ready(voice);
    await mesh.runtime.clock.advance(500);
    for (let time = 0; time < 3; time++) {
      fail(mesh, 'c', 5);
      await mesh.runtime.clock.advance(leftOutFor(mesh, 'c') ?? 0);
    }
    const counts: number[] = [];
    for (let sweep = 0; sweep < 5; sweep++) {
      counts.push(mesh.seen('c').ejections);
      await mesh.runtime.clock.advance(10_000);
    }
    expect(counts).toEqual([3, 3, 2, 1, 0]);
    fail(mesh, 'c', 5);
    expect(leftOutFor(mesh, 'c')).toBe(30_000);
  });

  it('is not left out for failures with an answer between them', async () => {
    const mesh = await house();
    for (let time = 0; time < 20; time++) {
      fail(mesh, 'c', 4);
      mesh.take('success', { exclude: ten.filter((id) => id !== 'c') });
    }
    expect(mesh.seen('c')).toMatchObject({ eligible: true, ejections: 0 });
  });

  it('is taken back when somebody says so, and left out when somebody says so', async () => {
    const mesh = await house();
    const act = (name: string) => mesh.mesh.actions().find((each) => each.name === name);
    fail(mesh, 'c', 5);
    await act('readmit')?.run({ target: 'voice/c', actor: 'ann', reason: 'mended' });
    expect(mesh.seen('c')).toMatchObject({ eligible: true, consecutiveFailures: 0 });
    await act('eject')?.run({ target: 'voice/d', actor: 'ann', reason: 'looks ill' });
    expect(mesh.seen('d')).toMatchObject({ eligible: false, reasons: ['ejected'], endsInMs: 30_000 });
  });
});

describe('how many may be left out', () => {
  it.each([
    [10, 0.1, 1],
    [10, 0.3, 3],
    [3, 0.1, 1],
    [3, 1, 2],
    [2, 1, 1],
    [1, 1, 0],
  ])('of %i with a share of %f: %i', async (endpoints, maxShare, most) => {
    const instances = ten.slice(0, endpoints);
    const mesh = await house({ instances, policy: { outliers: { maxShare }, panicBelow: 0 } });
    for (const instanceId of instances) fail(mesh, instanceId, 5, instances);
    const ejected = mesh.explain().endpoints.filter(({ reasons }) => reasons.includes('ejected'));
    expect(ejected).toHaveLength(most);
    expect(instances).toContain(mesh.take());
  });

  it('is the only one too where the policy asks for it, and none where it has no outliers', async () => {
    const asked = await house({ instances: ['a'], policy: { outliers: { ejectSingle: true }, panicBelow: 0 } });
    fail(asked, 'a', 5, ['a']);
    expect(() => asked.take()).toThrowError('no endpoint of voice can take a request: a is ejected');
    const without = await house({ policy: { outliers: false } });
    fail(without, 'a', 50);
    expect(without.seen('a').eligible).toBe(true);
  });
});

describe('an endpoint whose share of failures stands out', () => {
  /** One interval of traffic in turns, in which every other answer of `c` is bad: never two in a row. */
  async function interval({ mesh, runtime }: MeshSetUp): Promise<void> {
    let bad = false;
    for (let each = 0; each < 1_000; each++) {
      const lease = mesh.lease(voice);
      if (lease.endpoint.instanceId === 'c') bad = !bad;
      lease.done({ kind: lease.endpoint.instanceId === 'c' && bad ? 'failure' : 'success', latencyMs: 1 });
    }
    await runtime.clock.advance(10_000);
  }

  it('is left out with the next look at all of them, and longer each time that it comes back no better', async () => {
    const mesh = await house();
    const durations: (number | undefined)[] = [];
    for (let time = 0; time < 3; time++) {
      await interval(mesh);
      durations.push(leftOutFor(mesh, 'c'));
      await mesh.runtime.clock.advance(durations[time] ?? 0);
    }
    expect(durations).toEqual([30_000, 60_000, 90_000]);
  });

  it('is kept where the policy allows for it (control)', async () => {
    const mesh = await house({ policy: { outliers: { deviationFactor: 10 } } });
    await interval(mesh);
    expect(leftOutFor(mesh, 'c')).toBeUndefined();
  });
});

describe('what says nothing about an endpoint', () => {
  it('is that a caller lost interest, or that its request was at fault', async () => {
    const mesh = await house();
    for (const kind of ['cancelled', 'rejected'] as const) {
      for (let each = 0; each < 200; each++) mesh.take(kind);
    }
    expect(mesh.explain().endpoints.every(({ eligible, failureShare }) => eligible && failureShare === 0)).toBe(true);
  });

  it.each<[string, ServicePolicy]>([
    ['with nothing between its guards and its tries', {}],
    ['with a breaker between them', { serviceBreaker: { failures: 1_000 } }],
    ['with hedging between them', { hedge: { after: '30s' } }],
  ])('is that nobody waits any more, while silence to the end of its time is a failure (control): %s', async (_title, given) => {
    const failuresAfter = async (fields: { deadlineMs?: number }, act: (call: Call) => void): Promise<number> => {
      const { mesh, runtime, settled, explain } = await setUp({
        instances: ten,
        script: (each) => each.start(),
        policy: { timeout: '1s', retry: { maxAttempts: 1 }, ...given },
      });
      for (let each = 0; each < 20; each++) {
        const { deadlineMs = Number.POSITIVE_INFINITY } = fields;
        const call = Call.root({ runtime, deadline: runtime.clock.now() + deadlineMs });
        const work = mesh.call(voice, { method: 'GET', path: '/' }, call);
        await runtime.clock.advance(10);
        act(call);
        await settled(work);
      }
      return explain().endpoints.reduce((sum, { consecutiveFailures }) => sum + consecutiveFailures, 0);
    };
    expect(await failuresAfter({}, (call) => call.cancel())).toBe(0);
    expect(await failuresAfter({ deadlineMs: 50 }, () => {}), 'a deadline of the caller').toBe(0);
    expect(await failuresAfter({}, () => {})).toBe(20);
  });

  it('is that time ran out while this process stood still; on a loop that runs the same is a failure (control)', async () => {
    const error = coreError('TIMEOUT', { operation: 'asking', timeoutMs: 200 });
    const failuresAfter = async (pass: (clock: StallingClock) => void | Promise<void>): Promise<number> => {
      const clock = stallingClock(testRuntime().clock);
      const { mesh, seen } = await house({ runtime: { ...testRuntime(), clock } });
      const leases = ten.map(() => mesh.lease(voice));
      await pass(clock);
      for (const lease of leases) lease.done({ kind: 'failure', latencyMs: 500, error });
      return ten.reduce((sum, id) => sum + seen(id).consecutiveFailures, 0);
    };
    expect(await failuresAfter((clock) => clock.stall(500))).toBe(0);
    expect(await failuresAfter((clock) => clock.advance(500))).toBe(10);
    const busy = async (clock: StallingClock): Promise<void> => {
      clock.stall(80);
      await clock.advance(420);
    };
    expect(await failuresAfter(busy), 'a short pause excuses no long silence').toBe(10);
  });
});
