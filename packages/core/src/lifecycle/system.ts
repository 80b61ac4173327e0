import { coreError } from '../errors/core-errors.ts';
import { checkOptions } from '../options/check-options.ts';
import { type Duration, durationMs } from '../options/duration.ts';
import { duration, objectWith } from '../options/rules.ts';
import type { Clock } from '../runtime/clock.ts';
import { defaultRuntime, type Runtime } from '../runtime/runtime.ts';
import { type Component, component } from './component.ts';
import { type Health, worst } from './health.ts';

export interface SystemOptions {
  /** How long stopping may take in all; what has not stopped by then is left behind and named. @defaultValue '30s' */
  readonly drainTimeout?: Duration;
  readonly runtime?: Runtime;
}

export const systemDefaults = { drainTimeout: '30s' } as const;

/**
 * Several components as one: started in order, stopped in reverse. When one fails to start, those already started are
 * stopped and START_FAILED names it, with its error as the cause. Every part is stopped even when another's stop fails;
 * the first failure is thrown at the end, STOP_TIMEOUT when the drain deadline passed.
 */
export function system(name: string, parts: readonly Component[], options: SystemOptions = {}): Component {
  const checked = checkOptions(
    'system',
    options,
    { optional: { drainTimeout: duration, runtime: objectWith('a Runtime', 'clock') } },
    systemDefaults,
  );
  const drainMs = durationMs(checked.drainTimeout, 'system.drainTimeout');
  const { clock } = checked.runtime ?? defaultRuntime;
  let started: Component[] = [];

  async function stopStarted(): Promise<void> {
    const endsAt = clock.now() + drainMs;
    const failures: unknown[] = [];
    for (const part of started.toReversed()) {
      await within(clock, endsAt, part.stop(), () =>
        coreError('STOP_TIMEOUT', { component: name, part: part.name, timeoutMs: drainMs }),
      ).catch((error: unknown) => failures.push(error));
    }
    started = [];
    if (failures.length > 0) throw failures[0];
  }

  return component(name, {
    async open() {
      for (const part of parts) {
        try {
          await part.start();
        } catch (cause) {
          await stopStarted().catch(() => undefined); // the failed start is the news; a stop that fails after it follows from it
          throw coreError('START_FAILED', { component: name, part: part.name }, { cause });
        }
        started.push(part);
      }
    },
    close: stopStarted,
    async probe(): Promise<Health> {
      const entries = await Promise.all(parts.map(async (part) => [part.name, await part.health()] as const));
      return worst(Object.fromEntries(entries));
    },
  });
}

function within(clock: Clock, endsAt: number, work: Promise<void>, late: () => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(Math.max(0, endsAt - clock.now()), () => reject(late()));
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}
