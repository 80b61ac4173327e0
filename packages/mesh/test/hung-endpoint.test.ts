import { Call, coreError, pause, seededRandom, TuttiError } from '@tutti/core';
import { testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import type { ServicePolicy } from '../src/index.ts';
import type { Dispatched } from './fake-connections.ts';
import { type MeshSetUp, setUp, voice } from './mesh-set-up.ts';
import { stallingClock } from './stalling-clock.ts';

const get = { method: 'GET', path: '/' };
const usualMs = 20;
const forever = Number.POSITIVE_INFINITY;

/** What an endpoint does with what it is sent. */
type Manner = (dispatched: Dispatched, after: (ms: number, then: () => void) => void) => void;

const silent: Manner = (each) => each.start();
const slowBy =
  (ms: number): Manner =>
  (each, after) => {
    each.start();
    after(ms, () => each.aborted ?? each.answer(200));
  };

interface House extends MeshSetUp {
  manner: Manner;
  /** Calls with deadlines of their own, all at once, up to their end. */
  ask(...deadlinesMs: readonly number[]): Promise<readonly unknown[]>;
  /** This process stands still. */
  stall(ms: number): void;
  /** That were held against it, those that it was left out for included. */
  failures(): number;
  isEjected(): boolean;
}

/** One endpoint that has answered so often in 20 ms, and then does what the test says. */
async function known(given: ServicePolicy = {}, answers = 20): Promise<House> {
  const clock = stallingClock(testRuntime().clock);
  const made = await setUp({
    instances: ['a'],
    runtime: { ...testRuntime(), clock },
    script: (each) => house.manner(each, (ms, then) => void clock.after(ms, then)),
    policy: { outliers: { ejectSingle: true }, panicBelow: 0, ...given },
  });
  const { mesh, runtime, seen } = made;
  const house: House = {
    ...made,
    manner: slowBy(usualMs),
    async ask(...deadlinesMs) {
      const one = (ms: number): Promise<unknown> =>
        mesh.call(voice, get, Call.root({ runtime, deadline: runtime.clock.now() + ms })).catch((error: unknown) => error);
      return (await made.settled(Promise.all(deadlinesMs.map(one)), 1)) as readonly unknown[];
    },
    stall: clock.stall,
    failures: () => seen('a').consecutiveFailures + seen('a').ejections * 5,
    isEjected: () => seen('a').reasons.includes('ejected'),
  };
  for (let each = 0; each < answers; each++) expect(await house.ask(forever)).toMatchObject([{ status: 200 }]);
  return house;
}

const stacks: readonly (readonly [string, ServicePolicy])[] = [
  ['with nothing between the guards and the tries', {}],
  ['with a breaker between them', { serviceBreaker: { failures: 1_000 } }],
  ['with hedging between them', { hedge: { after: '30s' } }],
];

describe.each(stacks)('a deadline of a caller that passes, %s', (_title, policy) => {
  it('is held against an endpoint that was given longer than twice its slowest answer and answered nobody', async () => {
    const house = await known(policy);
    house.manner = silent;
    for (let each = 1; each <= 4; each++) {
      expect(await house.ask(2 * usualMs + 1)).toMatchObject([{ code: 'DEADLINE_EXCEEDED' }]);
      expect(house.failures()).toBe(each);
    }
    await house.ask(2 * usualMs + 1);
    expect(house.isEjected()).toBe(true);
  });

  it('is not when that was no longer, however often it happens (control)', async () => {
    const house = await known(policy);
    house.manner = silent;
    for (let each = 0; each < 100; each++) await house.ask(2 * usualMs);
    expect([house.failures(), house.seen('a').failureShare, house.isEjected()]).toEqual([0, 0, false]);
  });

  it('is not while nothing is known of the endpoint', async () => {
    const house = await known(policy, 9);
    house.manner = silent;
    for (let each = 0; each < 20; each++) await house.ask(10_000);
    expect(house.failures()).toBe(0);
    house.manner = slowBy(usualMs);
    await house.ask(forever);
    house.manner = silent;
    await house.ask(10_000);
    expect(house.failures(), 'the tenth answer makes it known').toBe(1);
  });

  it('is not while the request had not left', async () => {
    const house = await known(policy);
    house.manner = () => {};
    for (let each = 0; each < 20; each++) await house.ask(1_000);
    expect([house.failures(), house.seen('a').inFlight]).toEqual([0, 0]);
    house.manner = (each, after) => after(990, () => each.aborted ?? each.start());
    for (let each = 0; each < 20; each++) await house.ask(1_000);
    expect(house.failures(), 'it left too late').toBe(0);
  });

  it('is not when the answer had begun', async () => {
    const house = await known(policy);
    house.manner = (each, after) => {
      each.start();
      after(usualMs, () => each.begin(200));
    };
    for (let each = 0; each < 20; each++) await house.ask(1_000);
    expect(house.failures()).toBe(0);
  });

  it('is not when somebody else had an answer meanwhile', async () => {
    const house = await known(policy);
    let turn = 0;
    house.manner = (each, after) => (turn++ % 2 === 0 ? silent : slowBy(usualMs))(each, after);
    for (let each = 0; each < 20; each++) await house.ask(100, forever);
    expect(house.failures()).toBe(0);
    house.manner = silent;
    await house.ask(100);
    expect(house.failures(), 'nobody else was there').toBe(1);
  });

  it('counts once with all that pass together', async () => {
    const house = await known(policy);
    house.manner = silent;
    for (let round = 1; round <= 4; round++) {
      await house.ask(...Array.from({ length: 50 }, () => 100));
      expect(house.failures()).toBe(round);
    }
  });

  it('is not when the caller leaves, or this process stood still', async () => {
    const house = await known(policy);
    house.manner = silent;
    for (let each = 0; each < 20; each++) {
      const call = Call.root({ runtime: house.runtime });
      const work = house.mesh.call(voice, get, call);
      await Promise.all([
        expect(work).rejects.toMatchObject({ code: 'CANCELLED' }),
        house.runtime.clock.advance(1_000).then(() => call.cancel()),
      ]);
    }
    expect(house.failures()).toBe(0);
    const call = Call.root({ runtime: house.runtime, deadline: house.runtime.clock.now() + 100 });
    const work = house.mesh.call(voice, get, call);
    await house.runtime.clock.advance(1);
    house.stall(1_000);
    expect(await house.settled(work, 1)).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(house.failures()).toBe(0);
  });

  it('is the same when it is a time limit around the mesh, which says TIMEOUT as the one of the policy does', async () => {
    const house = await known(policy);
    const { mesh, runtime } = house;
    const ask = (ms: number): Promise<unknown> => {
      const call = Call.root({ runtime });
      runtime.clock.after(ms, () => call.cancel(coreError('TIMEOUT', { operation: 'page', timeoutMs: ms })));
      return house.settled(mesh.call(voice, get, call), 1);
    };
    house.manner = silent;
    for (let each = 0; each < 20; each++) expect(await ask(2 * usualMs)).toMatchObject({ code: 'TIMEOUT' });
    expect(house.failures()).toBe(0);
    await ask(2 * usualMs + 1);
    expect(house.failures()).toBe(1);
  });

  it('makes the endpoint dear where it is held against it', async () => {
    const house = await known(policy);
    const before = house.seen('a').load;
    house.manner = silent;
    await house.ask(usualMs);
    expect(house.seen('a').load, 'impatience').toBeLessThanOrEqual(before);
    await house.ask(500);
    expect(house.seen('a').load).toBeGreaterThan(450);
  });

  it('is judged alike for work of any other protocol', async () => {
    const house = await known(policy);
    const { mesh, runtime } = house;
    const hang = mesh.handler(voice, async (_input: undefined, call) => pause(call, 3_600_000));
    const ask = (ms: number): Promise<unknown> =>
      house.settled(hang(undefined, Call.root({ runtime, deadline: runtime.clock.now() + ms })), 1);
    for (let each = 0; each < 20; each++) expect(await ask(2 * usualMs)).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(house.failures()).toBe(0);
    for (let each = 0; each < 5; each++) await ask(2 * usualMs + 1);
    expect(house.isEjected()).toBe(true);
  });
});

describe('an endpoint whose time for an answer varies', () => {
  /** A thousand calls, a few at a time, whose callers wait for between 1 and 40 ms, or for as long as it takes. */
  async function load(house: House, seed: number): Promise<{ givenUp: number; ejections: number }> {
    const random = seededRandom(seed);
    let givenUp = 0;
    for (let round = 0; round < 250; round++) {
      const deadlines = Array.from({ length: 1 + Math.floor(random() * 7) }, () => (random() < 0.5 ? 1 + random() * 40 : forever));
      for (const end of await house.ask(...deadlines)) if (TuttiError.is(end, 'DEADLINE_EXCEEDED')) givenUp++;
    }
    return { givenUp, ejections: house.seen('a').ejections };
  }

  it.each([1, 2, 3])('is left out by no impatience (seed %i), and soon when it hangs (control)', async (seed) => {
    const random = seededRandom(seed);
    const house = await known();
    house.manner = (each, after) => slowBy(-usualMs * Math.log(1 - random()))(each, after);
    const { givenUp, ejections } = await load(house, seed);
    expect(givenUp, 'callers are impatient').toBeGreaterThan(100);
    expect(ejections).toBe(0);
    house.manner = silent;
    const from = house.runtime.clock.now();
    while (!house.isEjected()) await house.ask(500);
    expect(house.runtime.clock.now() - from).toBeLessThanOrEqual(5 * 500);
  });

  it('would be if the policy set such a time (control)', async () => {
    const random = seededRandom(1);
    const house = await known();
    house.manner = (each, after) => slowBy(-usualMs * Math.log(1 - random()))(each, after);
    house.mesh.setPolicy({
      defaults: { outliers: { ejectSingle: true }, panicBelow: 0, attemptTimeout: '10ms', retry: { maxAttempts: 1 } },
    });
    for (let each = 0; each < 200 && !house.isEjected(); each++) await house.ask(forever);
    expect(house.isEjected()).toBe(true);
  });
});
