import { afterEach, expect, it } from 'vitest';
import type { ServicePolicy } from '../src/index.ts';
import { percentile, underLoad } from './load.ts';
import { killServers, startServer } from './server-process.ts';

afterEach(killServers);

/** Stops one of three servers, which then takes connections and requests but answers nothing. */
async function slowerBy(policy: ServicePolicy): Promise<number> {
  const servers = [await startServer(), await startServer(), await startServer()] as const;
  const seen = await underLoad({
    servers,
    policy: { timeout: '2s', ...policy },
    calls: 1_000,
    strikeAt: 200,
    strike: () => servers[1].child.kill('SIGSTOP'),
  });
  const p99 = (from: number, to: number): number =>
    percentile(
      seen.filter(({ begunAfterMs: at }) => at >= from && at < to).map(({ tookMs }) => tookMs),
      0.99,
    );
  return p99(2_000, Number.POSITIVE_INFINITY) / p99(Number.NEGATIVE_INFINITY, -100);
}

it('answers as before two seconds after one of three processes was stopped under load', async () => {
  expect(await slowerBy({})).toBeLessThan(10);
});

it('would not by turns and without leaving it out (control)', async () => {
  expect(await slowerBy({ balance: 'round-robin', outliers: false })).toBeGreaterThan(10);
});
