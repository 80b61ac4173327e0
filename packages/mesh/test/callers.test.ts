import { Call, memoryRateLimiter, type ServiceResponse, type TuttiError } from '@tutti/core';
import { testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { type MeshSetUp, setUp, voice } from './mesh-set-up.ts';

const rateLimit = { tokens: 10, refillRate: 0.1 };

async function house(): Promise<
  MeshSetUp & { ask(fields?: { tenant?: string; principal?: string }): Promise<ServiceResponse | TuttiError> }
> {
  const runtime = testRuntime();
  const made = await setUp({
    runtime,
    script: (each) => each.answer(200),
    policy: { rateLimit },
    mesh: { rateLimiter: memoryRateLimiter({ runtime }) },
  });
  const ask = (fields = {}) => made.settled(made.mesh.call(voice, { method: 'GET', path: '/' }, Call.root({ runtime, ...fields })), 0);
  return { ...made, ask };
}

describe('a caller that may ask ten times and once more every ten seconds', () => {
  it('is refused the eleventh time, told when it may ask again, and then may once', async () => {
    const { ask, runtime, log } = await house();
    for (let each = 0; each < 10; each++) expect(await ask()).toMatchObject({ status: 200 });
    expect(await ask()).toMatchObject({
      code: 'MESH_RATE_LIMITED',
      retryable: true,
      details: { serviceName: voice, retryAfterMs: 10_000 },
    });
    await runtime.clock.advance(9_999);
    expect(await ask()).toMatchObject({ code: 'MESH_RATE_LIMITED' });
    await runtime.clock.advance(1);
    expect([await ask(), await ask()]).toMatchObject([{ status: 200 }, { code: 'MESH_RATE_LIMITED' }]);
    expect(log).toHaveLength(11);
  });

  it('takes nothing from any other, whatever they are called; those without a name share', async () => {
    const { ask } = await house();
    const callers = [
      { principal: 'ann' },
      { principal: 'bob' },
      { principal: 'ann', tenant: 'acme' },
      { principal: 'c', tenant: 'a/b' },
      { principal: 'b/c', tenant: 'a' },
      { tenant: 'acme' },
      { tenant: 'others' },
      {},
    ];
    for (const caller of callers) {
      for (let each = 0; each < 10; each++) expect(await ask(caller)).toMatchObject({ status: 200 });
      expect(await ask(caller)).toMatchObject({ code: 'MESH_RATE_LIMITED' });
    }
    expect(await ask()).toMatchObject({ code: 'MESH_RATE_LIMITED' });
  });
});
