import type { Clock } from './clock.ts';

/**
 * Resolves after `delayMs`. Rejects with the signal's reason as soon as it is aborted.
 * With `background`, waiting does not keep the process alive.
 */
export function sleep(
  clock: Clock,
  delayMs: number,
  options: { readonly signal?: AbortSignal; readonly background?: boolean } = {},
): Promise<void> {
  const { signal, background } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    if (background) timer.unref();
    function onAbort(): void {
      timer.cancel();
      reject(signal?.reason);
    }
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
