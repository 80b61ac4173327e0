import { setTimeout as pause } from 'node:timers/promises';

/**
 * Waits, in real time and looking every `intervalMs`, until `probe` returns something other than undefined or false, and returns it. For tests of real
 * processes, where there is nothing to subscribe to. What it throws is taken as "not yet".
 * @throws the last failure, or a plain error naming `what`, after `timeoutMs`.
 */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 10_000,
  intervalMs = 20,
): Promise<T> {
  const endsAt = performance.now() + timeoutMs;
  let failure: unknown;
  while (performance.now() < endsAt) {
    try {
      const value = await probe();
      if (value !== undefined && value !== false) return value;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    await pause(intervalMs);
  }
  throw failure ?? new Error(`still not so after ${timeoutMs} ms: ${what}`);
}
