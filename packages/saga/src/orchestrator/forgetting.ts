import { type Repeating, type Runtime, repeat } from '@tutti/core';
import type { StoreTime } from '../engine/store-time.ts';
import type { SagaDesk } from '../store/saga-desk.ts';

const shortestMs = 60_000;
const batch = 500;

/** Removes sagas that have been over for longer than they are kept, a few at a time: every minute while there are some, otherwise as rarely as nobody notices. */
export function forgetting(desk: SagaDesk, keepMs: number, time: StoreTime, runtime: Runtime): Repeating {
  const longestMs = Math.max(shortestMs, keepMs / 100);
  let intervalMs = shortestMs;
  return repeat(runtime, { name: 'forgetting sagas that are over', intervalMs: () => intervalMs, jitter: 0.5 }, async () => {
    let forgotten = 0;
    let last: number;
    do {
      last = await desk.forget(time.now() - keepMs, batch);
      forgotten += last;
    } while (last === batch);
    intervalMs = forgotten > 0 ? shortestMs : Math.min(intervalMs * 2, longestMs);
  });
}
