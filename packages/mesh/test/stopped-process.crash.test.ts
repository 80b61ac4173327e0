import { afterEach, expect, it } from 'vitest';
import type { ServicePolicy } from '../src/index.ts';
import { type CallSeen, percentile, underLoad } from './load.ts';
import { killServers, startServer } from './server-process.ts';

afterEach(killServers);

interface Seen {
  /** The 99th percentile before, and of calls begun two seconds after and later. */
  readonly before: number;
  readonly after: number;
  /** The share of those later calls that failed. */
  readonly failed: number;
}

/** Stops one of three servers, which then takes connections and requests but answers nothing. */
async function stopOne(policy: ServicePolicy): Promise<Seen> {
  const servers = [await startServer(), await startServer(), await startServer()] as const;
  const seen = await underLoad({
    servers,
    policy: { timeout: '2s', ...policy },
    calls: 1_000,
    strikeAt: 200,
    strike: () => servers[1].child.kill('SIGSTOP'),
  });
  const p99 = (calls: readonly CallSeen[]): number =>
    percentile(
      calls.map(({ tookMs }) => tookMs),
      0.99,
    );
  const later = seen.filter(({ begunAfterMs }) => begunAfterMs >= 2_000);
  return {
    before: p99(seen.filter(({ begunAfterMs }) => begunAfterMs < -100)),
    after: p99(later),
    failed: later.filter(({ ok }) => !ok).length / later.length,
  };
}

/** A machine that was quiet before need not stay so. */
const leastMs = 30;

it('answers as before two seconds after one of three processes was stopped under load', async () => {
  const { before, after, failed } = await stopOne({});
  expect(after).toBeLessThan(10 * Math.max(before, leastMs));
  expect(failed).toBeLessThan(0.01);
});

it('would lose a third of what is asked by turns and without leaving it out (control)', async () => {
  const { after, failed } = await stopOne({ balance: 'round-robin', outliers: false });
  expect(after).toBeGreaterThanOrEqual(2_000);
  expect(failed).toBeGreaterThan(0.2);
});
