import { writeLoadHeader } from '@tutti/core';
import { describe, expect, it } from 'vitest';
import { setUp, used, voice } from './mesh-set-up.ts';

const reportOf = (utilization: number): Record<string, string> => {
  const headers: Record<string, string> = {};
  writeLoadHeader(headers, { utilization, queueAgeMs: 0 });
  return headers;
};

/** The share of calls, in percent, that come to `a` when all answer after 10 ms and `a` says with each answer how busy it is. */
async function shareOfA(headers: Record<string, string>): Promise<number> {
  const { mesh, runtime, log, settled } = await setUp({
    policy: { balance: 'peak-ewma' },
    script(each, clock) {
      each.start();
      clock.after(10, () => each.answer(200, '', each.endpoint.instanceId === 'a' ? headers : {}));
    },
  });
  const calls: Promise<unknown>[] = [];
  for (let each = 0; each < 3_000; each++) {
    calls.push(mesh.call(voice, { method: 'GET', path: '/' }));
    await runtime.clock.advance(2);
  }
  await settled(Promise.all(calls));
  return (used(log).filter((id) => id === 'a').length / log.length) * 100;
}

describe('a server that says that its event loop is nearly full', () => {
  it('gets less than its share before its answers are any slower', async () => {
    expect(await shareOfA(reportOf(0.95))).toBeLessThan(10);
  });

  it('gets its share when it is at ease, says nothing, or says what is no report (control)', async () => {
    for (const headers of [reportOf(0.3), {}, { 'tutti-load': 'u=7;q=1' }]) {
      const share = await shareOfA(headers);
      expect(share).toBeGreaterThan(28);
      expect(share).toBeLessThan(38);
    }
  });
});
