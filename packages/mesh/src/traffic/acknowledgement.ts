import { type Clock, coreError, deadlineWheel } from '@tutti/core';
import type { ReplicaRoll } from './replica-roll.ts';

export interface Awaited {
  readonly serviceName: string;
  readonly revision: number;
  /** How long every replica may at most follow what it read before the revision was written. */
  readonly freshForMs: number;
  readonly deadlineMs: number;
}

/**
 * Resolves when nobody on the roll lags and `freshForMs` has passed: by then replicas that the registry does not know, or no longer,
 * have read the store again or follow nothing. After the deadline it resolves with those who lag.
 * @throws TIMEOUT when the registry has not answered until then.
 */
export function acknowledgement(roll: ReplicaRoll, clock: Clock, awaited: Awaited): Promise<{ readonly lagging: readonly string[] }> {
  const { serviceName, revision, freshForMs, deadlineMs } = awaited;
  const began = clock.now();
  return new Promise((resolve, reject) => {
    const looks = [freshForMs, deadlineMs].map((afterMs) => deadlineWheel(clock).at(began + afterMs, look));
    const unlisten = roll.onChange(look);
    look();

    function look(): void {
      const passedMs = clock.now() - began;
      const lagging = roll.lagging(serviceName, revision);
      if (roll.known && lagging.length === 0 && passedMs >= freshForMs) end(() => resolve({ lagging }));
      else if (passedMs >= deadlineMs)
        end(() =>
          roll.known ? resolve({ lagging }) : reject(coreError('TIMEOUT', { operation: 'finding the replicas', timeoutMs: deadlineMs })),
        );
    }
    function end(settle: () => void): void {
      for (const pending of looks) pending.cancel();
      unlisten();
      settle();
    }
  });
}
