import type { ServiceResponse } from '@tutti/core';
import { describe, expect, it } from 'vitest';
import type { FaultPolicy } from '../src/index.ts';
import { setUp, voice } from './mesh-set-up.ts';

interface Seen {
  readonly refused: number;
  readonly late: number;
  readonly sent: number;
}

/** Shares of so many calls, in percent. */
async function inject(
  total: number,
  faults: readonly FaultPolicy[],
  headers: Record<string, string> = {},
): Promise<Seen & { readonly counted: number }> {
  let counted = 0;
  const metrics = { count: (name: string) => void (name === 'tutti_mesh_faults_injected_total' && counted++), gauge() {}, observe() {} };
  const { mesh, runtime, log } = await setUp({ script: (each) => each.answer(200), policy: { faults }, metrics });
  const replies: ServiceResponse[] = [];
  const calls = Array.from({ length: total }, () =>
    mesh.call(voice, { method: 'GET', path: '/', headers }).then((reply) => void replies.push(reply)),
  );
  await runtime.clock.advance(199);
  const late = total - replies.length;
  await runtime.clock.advance(1);
  await Promise.all(calls);
  const refused = replies.filter(({ status }) => status === 503).length;
  expect(replies.filter((reply) => reply.headers['tutti-fault'] === 'injected')).toHaveLength(refused);
  const percent = (count: number): number => (count / total) * 100;
  return { refused: percent(refused), late: percent(late), sent: percent(log.length), counted: percent(counted) };
}

const within = (actual: number, expected: number): boolean => Math.abs(actual - expected) <= 1;

describe('trouble that is made on purpose', () => {
  const faults: readonly FaultPolicy[] = [
    { share: 0.1, status: 503, headers: { 'X-Chaos': 'on' } },
    { share: 0.05, delay: '200ms', headers: { 'x-chaos': 'on' } },
  ];

  it('meets 10 and 5 of 100 requests with the header, and is counted', async () => {
    const { refused, late, sent, counted } = await inject(10_000, faults, { 'x-chaos': 'on' });
    expect([within(refused, 10), within(late, 5), within(sent, 90), within(counted, 15)], `${refused} ${late} ${sent} ${counted}`).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });

  it('meets nobody else', async () => {
    expect(await inject(1_000, faults)).toEqual({ refused: 0, late: 0, sent: 100, counted: 0 });
    expect(await inject(1_000, faults, { 'x-chaos': 'off' })).toEqual({ refused: 0, late: 0, sent: 100, counted: 0 });
  });

  it('may be late and then refused', async () => {
    expect(await inject(1_000, [{ share: 1, status: 503, delay: '200ms' }])).toEqual({ refused: 100, late: 100, sent: 0, counted: 100 });
  });
});
