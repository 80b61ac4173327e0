import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { RateLimit } from '@tutti/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../../../../tools/services/needs.ts';
import { type RedisServer, startRedis } from '../../../../tools/services/redis.ts';

interface Told {
  readonly statuses: Readonly<Record<number, number>>;
  readonly policy: string;
}

const nodes = 4;
const requestsEach = 600;
/** Nothing comes back while the test runs, so that what was let in is what the bucket gave. */
const limit: RateLimit = { tokens: 1_000, refillRate: 0.001 };

describeWith('redis-server', 'four gateways before one Redis, with a limit of 1,000', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  }, 30_000);
  afterAll(() => server.stop());

  /** Lets four processes begin together, and tells what each has seen. */
  async function together(manner: 'strict' | 'leased' | 'alone'): Promise<readonly Told[]> {
    const program = fileURLToPath(new URL('./member.ts', import.meta.url));
    // each manner has an own bucket, so that all may use the one server
    const args = [server.url, manner, JSON.stringify({ ...limit, name: manner }), String(requestsEach)];
    const members = Array.from({ length: nodes }, () => fork(program, args, { execArgv: [...process.execArgv], stdio: 'inherit' }));
    try {
      await Promise.all(members.map((member) => once(member, 'message')));
      const told = members.map((member) => once(member, 'message').then(([said]) => said as Told));
      for (const member of members) member.send('go');
      const all = await Promise.all(told);
      await Promise.all(members.map((member) => member.exitCode ?? once(member, 'exit')));
      return all;
    } finally {
      for (const member of members) member.kill('SIGKILL');
    }
  }

  const count = (told: readonly Told[], status: number): number => told.reduce((sum, { statuses }) => sum + (statuses[status] ?? 0), 0);

  it('let in 1,000 and not one more, strict (G13)', async () => {
    const told = await together('strict');
    expect([count(told, 200), count(told, 429)]).toEqual([1_000, nodes * requestsEach - 1_000]);
  });

  it('let in 1,000 and what lies ready in the processes at most, leased, and say so', async () => {
    const told = await together('leased');
    expect(count(told, 200)).toBeLessThanOrEqual(1_000 + nodes * 20);
    expect(count(told, 200)).toBeGreaterThanOrEqual(1_000 - nodes * 20); // what one has borrowed and not used is not lost beyond that
    expect(count(told, 200) + count(told, 429)).toBe(nodes * requestsEach);
    expect(told.map(({ policy }) => policy)).toEqual(Array.from({ length: nodes }, () => '"leased";q=1000;w=1000000;tutti-bound=80'));
  });

  it('let in everybody when each counts alone (control)', async () => {
    expect(count(await together('alone'), 200)).toBe(nodes * requestsEach);
  });
});
