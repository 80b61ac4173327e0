import { Call } from '../call/call.ts';
import { exponential } from '../policy/backoff.ts';
import { retry } from '../policy/retry.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { refusalOf } from './refusal.ts';

const isBusy = (error: unknown): boolean => refusalOf(error).refused === 'busy';

/**
 * Short and fully random, because SQLite keeps no queue: who asks often and out of step with the others gets in
 * between two commits of a process that writes without a pause.
 */
const backoff = exponential({ initial: '1ms', factor: 1.5, max: '8ms', jitter: 1 });

/**
 * Runs `work`, again and again while another process holds the lock. Waits in between without blocking the thread, which the
 * driver's own busy timeout would do. Throws what `work` threw last when `limitMs` has passed.
 */
export async function whenFree<T>(runtime: Runtime, limitMs: number, work: () => T): Promise<T> {
  try {
    return work();
  } catch (error) {
    if (!isBusy(error)) throw error;
  }
  const patiently = retry({ maxAttempts: Number.MAX_SAFE_INTEGER, backoff, retryIf: isBusy })(async () => work());
  return patiently(undefined, Call.root({ runtime, deadline: runtime.clock.now() + limitMs }));
}
