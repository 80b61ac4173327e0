import { describe, expect, it } from 'vitest';
import { type Admission, admission, Call, type ConcurrencyLimit, compose, gradientLimit, realClock, sleep } from '../../src/index.ts';

// What is measured across a stall of the event loop looks slow although nobody was. The work takes 20 ms, and every 200 ms the loop is busy for 140.

const limit = gradientLimit({ min: 4, max: 40, initial: 20 });

/** Keeps all places taken for two seconds, of which the last one and a half are full of stalls. */
async function keepBusy(door: Admission, ended: (now: number, latencyMs: number) => void): Promise<void> {
  const work = compose(async () => {
    const begun = realClock.now();
    await sleep(realClock, 20);
    ended(realClock.now(), realClock.now() - begun);
  }, [door]);
  const endsAt = realClock.now() + 2_000;
  const keepAsking = async (): Promise<void> => {
    while (realClock.now() < endsAt) await work(undefined, Call.root());
  };
  const stalls = setInterval(() => {
    if (realClock.now() > endsAt - 1_500) for (const until = realClock.now() + 140; realClock.now() < until; );
  }, 200);
  await Promise.all(Array.from({ length: 60 }, keepAsking));
  clearInterval(stalls);
}

describe('while the event loop stalls again and again', () => {
  it('a limit that learns takes no call for slow that was measured across a stall; one that is told of all of them does (control)', async () => {
    const door = admission({ operation: 'work', limit, queue: 1_000 });
    const toldOfAll: ConcurrencyLimit = limit.limit();
    await keepBusy(door, (now, latencyMs) => toldOfAll.sample(now, latencyMs, door.active, 'success'));
    expect(door.limit).toBeGreaterThanOrEqual(1.2 * toldOfAll.places(realClock.now()));
  });
});
