import { Call, pause, readCallHeaders } from '@tutti/core';
import { type TestRuntime, testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import type { Dispatched } from './fake-connections.ts';
import { type MeshSetUp, setUp, voice } from './mesh-set-up.ts';

const get = { method: 'GET', path: '/' };
const headersOf = (each: Dispatched): Record<string, string> => each.request.headers as Record<string, string>;

interface Chain {
  readonly client: MeshSetUp;
  readonly runtime: TestRuntime;
  /** Milliseconds that were left when a request came in, by hop. */
  readonly left: number[];
  /** Requests as the last service got them. */
  readonly leaf: Dispatched[];
  /** Runs when a service hears that nobody waits for it any more, by hop. */
  readonly gone: number[];
}

/** Three services, each of which works for 50 ms and then asks the next; the last one never answers. */
async function chain(): Promise<Chain> {
  const runtime = testRuntime();
  const left: number[] = [];
  const gone: number[] = [];
  const leaf: Dispatched[] = [];
  const heard = (hop: number, each: Dispatched): Call => {
    const call = readCallHeaders(headersOf(each), { from: 'peer', runtime });
    left[hop] = Number(headersOf(each)['tutti-remaining-ms']);
    const look = runtime.clock.after(0, function again() {
      if (each.aborted === undefined) runtime.clock.after(1, again);
      else {
        gone[hop] = runtime.clock.now();
        call.cancel(each.aborted);
      }
    });
    look.unref();
    each.start();
    return call;
  };
  const asks =
    (hop: number, next: MeshSetUp) =>
    (each: Dispatched): void => {
      const call = heard(hop, each);
      pause(call, 50)
        .then(() => next.mesh.call(voice, get, call))
        .then(({ status }) => each.answer(status), each.fail);
    };
  const third = (each: Dispatched): void => {
    leaf.push(each);
    heard(3, each);
  };
  const second = await setUp({ runtime, script: third });
  const first = await setUp({ runtime, script: asks(2, second) });
  const client = await setUp({ runtime, script: asks(1, first) });
  return { client, runtime, left, leaf, gone };
}

describe('a deadline over three services', () => {
  it('shrinks on its way, and ends the work of all of them when it passes', async () => {
    const { client, runtime, left, leaf } = await chain();
    const call = Call.root({ runtime, deadline: runtime.clock.now() + 300 });
    const work = client.settled(client.mesh.call(voice, get, call), 10);
    expect(await work).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(left.slice(1)).toEqual([300, 250, 200]);
    expect(leaf).toHaveLength(1);
    expect(leaf[0]?.aborted).toBeDefined();
  });

  it('that is too short for the way reaches nobody whom it could not be of use to', async () => {
    const { client, runtime, left, leaf } = await chain();
    const call = Call.root({ runtime, deadline: runtime.clock.now() + 80 });
    await client.settled(client.mesh.call(voice, get, call), 10);
    await runtime.clock.advance(1_000);
    expect(left.slice(1)).toEqual([80, 30]);
    expect(leaf).toHaveLength(0);
  });

  it('and an abort reaches the last one within 50 ms', async () => {
    const { client, runtime, leaf, gone } = await chain();
    const call = Call.root({ runtime });
    const work = client.mesh.call(voice, get, call).catch((error: unknown) => error);
    await runtime.clock.advance(150);
    expect([leaf.length, leaf[0]?.aborted]).toEqual([1, undefined]);
    const at = runtime.clock.now();
    call.cancel();
    await runtime.clock.advance(50);
    expect(await work).toMatchObject({ code: 'CANCELLED' });
    expect(leaf[0]?.aborted).toBeDefined();
    expect((gone[3] ?? Number.NaN) - at).toBeLessThan(50);
  });
});

describe('a call without a deadline', () => {
  it('has the one of the policy, or the 30 s that hold without one', async () => {
    for (const [policy, expected] of [
      [{}, 30_000],
      [{ timeout: '45s' }, 45_000],
    ] as const) {
      const { mesh, log, runtime, settled } = await setUp({ policy });
      const from = runtime.clock.now();
      const work = mesh.call(voice, get);
      await runtime.clock.advance(0);
      expect(log.map((each) => headersOf(each)['tutti-remaining-ms'])).toEqual([`${expected}`]);
      expect(await settled(work)).toMatchObject({ code: 'TIMEOUT' });
      expect(runtime.clock.now() - from).toBe(expected);
    }
  });

  it('may give each try less, and the next one goes elsewhere', async () => {
    const { mesh, log, settled } = await setUp({
      script: (each) => (each.endpoint.instanceId === 'c' ? each.answer(200) : each.start()),
      policy: { attemptTimeout: '200ms', timeout: '5s' },
    });
    expect(await settled(mesh.call(voice, get), 1)).toMatchObject({ status: 200 });
    expect(log.map(({ endpoint, aborted }) => [endpoint.instanceId, aborted !== undefined])).toEqual([
      ['a', true],
      ['b', true],
      ['c', false],
    ]);
  });
});
