import { type Repeating, type Runtime, repeat } from '@tutti/core';
import type { StoreTime } from '../engine/store-time.ts';
import type { SagaDesk } from '../store/saga-desk.ts';

const intervalMs = 60_000;
const batch = 500;

/** Removes sagas that have been over for longer than they are kept, a few at a time. */
export function forgetting(desk: SagaDesk, keepMs: number, time: StoreTime, runtime: Runtime): Repeating {
  return repeat(runtime, { name: 'forgetting sagas that are over', intervalMs, jitter: 0.5 }, async () => {
    while ((await desk.forget(time.now() - keepMs, batch)) === batch);
  });
}
