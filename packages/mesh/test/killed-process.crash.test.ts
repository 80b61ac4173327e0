import { afterEach, expect, it } from 'vitest';
import type { ServicePolicy } from '../src/index.ts';
import { type CallSeen, underLoad } from './load.ts';
import { killServers, startServer } from './server-process.ts';

afterEach(killServers);

/** Kills one of three servers after half a second of load, which goes on for two seconds more. */
async function failuresOf(policy: ServicePolicy): Promise<{ readonly all: number; readonly late: number }> {
  const servers = [await startServer(), await startServer(), await startServer()] as const;
  const seen = await underLoad({ servers, policy, calls: 500, strikeAt: 100, strike: () => servers[1].child.kill('SIGKILL') });
  expect(seen).toHaveLength(500);
  const failed: readonly CallSeen[] = seen.filter(({ ok }) => !ok);
  return { all: failed.length, late: failed.filter(({ begunAfterMs }) => begunAfterMs > 1_000).length };
}

it.each<ServicePolicy>([{}, { balance: 'round-robin' }])(
  'loses at most three idempotent calls when one of three processes is killed under load, and none a second later: %j',
  async (policy) => {
    const { all, late } = await failuresOf(policy);
    expect(all).toBeLessThanOrEqual(3);
    expect(late).toBe(0);
  },
);

it('would lose many, and go on losing them, without trying elsewhere and without leaving it alone (control)', async () => {
  const { all, late } = await failuresOf({ balance: 'round-robin', outliers: false, coolDown: '1ms', retry: { maxAttempts: 1 } });
  expect(all).toBeGreaterThan(3);
  expect(late).toBeGreaterThan(0);
});
