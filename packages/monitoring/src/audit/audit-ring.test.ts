import { manualClock } from '@tutti/core/testing';
import { expect, it } from 'vitest';
import { AuditRing } from './audit-ring.ts';

const replay = (target: string): { actor: string; action: string; target: string } => ({ actor: 'ada', action: 'queue.replay', target });

it('keeps the latest records, numbered and dated, newest first', async () => {
  const clock = manualClock(Date.UTC(2026, 0, 1));
  const ring = new AuditRing(3, clock);
  expect(ring.newest(10)).toEqual([]);
  for (const target of ['a', 'b', 'c', 'd']) {
    await clock.advance(1_000);
    await ring.record(replay(target));
    expect(ring.newest(1)).toMatchObject([{ target }]);
  }
  expect(ring.newest(10)).toEqual([
    { ...replay('d'), number: 4, recordedAt: '2026-01-01T00:00:04.000Z' },
    { ...replay('c'), number: 3, recordedAt: '2026-01-01T00:00:03.000Z' },
    { ...replay('b'), number: 2, recordedAt: '2026-01-01T00:00:02.000Z' },
  ]);
});

it('keeps what was said, not what the speaker makes of it later', async () => {
  const ring = new AuditRing(3, manualClock());
  const details = { from: 1 };
  await ring.record({ ...replay('a'), details });
  details.from = 2;
  expect(ring.newest(1)[0]?.details).toEqual({ from: 1 });
});
