import type { Call } from './call.ts';

/** Waits on behalf of a call. Rejects with the reason as soon as the call is cancelled. Makes no AbortController. */
export function pause(call: Call, delayMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = call.runtime.clock.after(delayMs, () => {
      forget();
      resolve();
    });
    const forget = call.onCancel((reason) => {
      timer.cancel();
      reject(reason);
    });
  });
}
