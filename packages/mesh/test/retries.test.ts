import { Call, readCallHeaders, type ServiceResponse, writeResultHeaders } from '@tutti/core';
import { testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import type { RetryPolicy } from '../src/index.ts';
import type { Dispatched } from './fake-connections.ts';
import { type MeshSetUp, type SetUpOptions, setUp, used, voice } from './mesh-set-up.ts';

const ask = (method: string) => ({ method, path: '/', ...(method === 'POST' && { body: 'pay' }) });

describe('an answer with a status that is asked for again', () => {
  it.each([
    ['GET', 502, undefined, 3],
    ['GET', 503, undefined, 3],
    ['PUT', 504, undefined, 3],
    ['POST', 503, 'key', 3],
    ['POST', 503, undefined, 1],
    ['GET', 500, undefined, 1],
    ['GET', 429, undefined, 1],
  ])('%s %i with key %s: %i tries, each elsewhere; the last answer is the result', async (method, status, idempotencyKey, tries) => {
    let answers = 0;
    const { mesh, log, settled, runtime } = await setUp({ script: (each) => each.answer(status, `answer ${++answers}`) });
    const call = Call.root({ runtime, ...(idempotencyKey !== undefined && { idempotencyKey }) });
    const reply = (await settled(mesh.call(voice, ask(method), call))) as ServiceResponse;
    expect([reply.status, reply.text()]).toEqual([status, `answer ${tries}`]);
    expect(used(log)).toEqual(['a', 'b', 'c'].slice(0, tries));
  });

  it('is the result as soon as another endpoint has a better one', async () => {
    const { mesh, log, settled } = await setUp({ script: (each) => each.answer(each.endpoint.instanceId === 'b' ? 200 : 503) });
    expect(await settled(mesh.call(voice, ask('GET')))).toMatchObject({ status: 200 });
    expect(used(log)).toEqual(['a', 'b']);
  });

  it('is what the policy says', async () => {
    const { mesh, log, settled } = await setUp({
      script: (each) => each.answer(429),
      policy: { retry: { statuses: [429], maxAttempts: 2 } },
    });
    expect(await settled(mesh.call(voice, ask('GET')))).toMatchObject({ status: 429 });
    expect(log).toHaveLength(2);
  });
});

describe('a request that was lost', () => {
  const lost: SetUpOptions = {
    script: (each) => {
      each.start();
      each.fail();
    },
  };

  it('is sent once if it is a POST without a key', async () => {
    const { mesh, log, settled } = await setUp(lost);
    expect(await settled(mesh.call(voice, ask('POST')))).toMatchObject({ code: 'MESH_OUTCOME_UNKNOWN' });
    expect(log).toHaveLength(1);
  });

  it('goes to the same endpoint again only where there is no other', async () => {
    const { mesh, log, settled } = await setUp({ ...lost, instances: ['a', 'b'], policy: { retry: { maxAttempts: 4 } } });
    await settled(mesh.call(voice, ask('GET')));
    expect(used(log).slice(0, 2)).toEqual(['a', 'b']);
    expect(log).toHaveLength(4);
  });

  it('waits a random time between tries, never more than the policy says, and gives up when its time is over', async () => {
    const { mesh, log, settled, runtime } = await setUp({
      ...lost,
      policy: { retry: { maxAttempts: 9, initialDelay: '1s', maxDelay: '4s' }, timeout: '3s' },
    });
    const from = runtime.clock.now();
    await settled(mesh.call(voice, ask('GET')), 1);
    expect(runtime.clock.now() - from).toBeLessThanOrEqual(3_001);
    expect(log.length).toBeGreaterThan(1);
    expect(log.length).toBeLessThan(9);
  });
});

/** How many requests reach endpoints that all fail, at 1,000 calls a second for so many seconds. */
async function stormAgainst(retry: RetryPolicy, seconds: number): Promise<number> {
  const made: MeshSetUp = await setUp({ script: (each) => each.answer(503), policy: { outliers: false, retry } });
  const results: Promise<ServiceResponse>[] = [];
  for (let tick = 0; tick < seconds * 100; tick++) {
    for (let each = 0; each < 10; each++) results.push(made.mesh.call(voice, ask('GET')));
    await made.runtime.clock.advance(10);
  }
  await made.settled(Promise.all(results));
  return made.log.length;
}

describe('while all endpoints fail, at 1,000 calls a second', () => {
  it('the budget keeps what is sent to 1,210 a second', async () => {
    const sent = await stormAgainst({}, 10);
    expect(sent, 'and what the window had forgotten when the last were tried again').toBeLessThanOrEqual(12_110);
    expect(sent, 'and the budget is used').toBeGreaterThan(11_900);
  });

  it('without one it is three times as much (control)', async () => {
    expect(await stormAgainst({ budgetShare: 10, budgetPerSecond: 1e6 }, 2)).toBe(6_000);
  });
});

/** A chain of services of which the last one fails: each calls the next through a mesh of its own, and passes on what it heard. */
async function chainOf(hops: number, passOn: boolean): Promise<{ atTheEnd: number; calls: number }> {
  const runtime = testRuntime();
  let atTheEnd = 0;
  let serve = (each: Dispatched): void => {
    atTheEnd++;
    each.answer(503);
  };
  for (let hop = 0; hop < hops; hop++) {
    const before = serve;
    const { mesh } = await setUp({ runtime, script: (each) => before(each), policy: { outliers: false } });
    serve = (each) => {
      const call = readCallHeaders(each.request.headers as Record<string, string>, { from: 'peer', runtime });
      mesh.call(voice, ask('GET'), call).then((answer) => {
        const headers: Record<string, string> = {};
        if (passOn) writeResultHeaders(call, answer, headers);
        each.answer(answer.status, '', headers);
      }, each.fail);
    };
  }
  const front = serve;
  const client = await setUp({ runtime, script: (each) => front(each), policy: { outliers: false } });
  const calls = 500;
  const results = Array.from({ length: calls }, () => client.mesh.call(voice, ask('GET')));
  await client.settled(Promise.all(results));
  return { atTheEnd, calls };
}

describe('in a chain of four services of which the last one fails', () => {
  it('only the one before it tries again, within its budget', async () => {
    const { atTheEnd, calls } = await chainOf(3, true);
    expect(atTheEnd).toBeLessThanOrEqual(1.2 * calls + 100);
  });

  it('each would, if nobody said that it had been done (control)', async () => {
    const { atTheEnd, calls } = await chainOf(3, false);
    expect(atTheEnd).toBeGreaterThan(1.5 * calls);
  });
});
