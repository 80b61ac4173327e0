import { coreError } from '../errors/core-errors.ts';
import { checkOptions } from '../options/check-options.ts';
import { type Duration, durationMs } from '../options/duration.ts';
import { duration, objectWith } from '../options/rules.ts';
import type { Clock } from '../runtime/clock.ts';
import { defaultRuntime, type Runtime } from '../runtime/runtime.ts';
import { type Component, component } from './component.ts';
import { type Health, worst } from './health.ts';
import { type Dependent, type PlannedPart, planParts } from './plan-parts.ts';

export interface SystemOptions {
  /** How long stopping may take in all; what has not stopped by then is left behind and named. @defaultValue '30s' */
  readonly drainTimeout?: Duration;
  readonly runtime?: Runtime;
}

export const systemDefaults = { drainTimeout: '30s' } as const;

/**
 * Several components as one. A part starts when what it needs runs, and stops when what needs it has stopped: by default it needs every
 * part before it; `{ part, needs }` says otherwise, and what does not need each other starts and stops side by side.
 *
 * When one fails to start, no other is begun, those already started are stopped and START_FAILED names it, with its error as
 * the cause. Every part is stopped even when another's stop fails; the first failure is thrown at the end, STOP_TIMEOUT when the drain
 * deadline passed.
 *
 * @throws INVALID_OPTIONS for a need that is no part of the system, or parts that need each other in a circle.
 *
 * @example
 * ```ts
 * import { component, system } from '@tutti/core';
 *
 * const [store, bus, http] = ['store', 'bus', 'http'].map((name) => component(name, { open: () => console.log(`${name} opens`) }));
 * if (store && bus && http) {
 *   await using app = system('shop', [store, bus, { part: http, needs: [store] }]);
 *   await app.start();
 * }
 * ```
 */
export function system(name: string, parts: readonly (Component | Dependent)[], options: SystemOptions = {}): Component {
  const checked = checkOptions(
    'system',
    options,
    { optional: { drainTimeout: duration, runtime: objectWith('a Runtime', 'clock') } },
    systemDefaults,
  );
  const drainMs = durationMs(checked.drainTimeout, 'system.drainTimeout');
  const { clock } = checked.runtime ?? defaultRuntime;
  const planned = planParts(parts);
  const started = new Set<Component>();

  async function stopStarted(): Promise<void> {
    const endsAt = clock.now() + drainMs;
    const failures: unknown[] = [];
    const late = (part: Component) => (): unknown => coreError('STOP_TIMEOUT', { component: name, part: part.name, timeoutMs: drainMs });
    const stopping = new Map<Component, Promise<void>>();
    for (const { part, neededBy } of planned.toReversed()) {
      const before = neededBy.map((other) => stopping.get(other));
      stopping.set(
        part,
        Promise.all(before)
          .then(() => (started.has(part) ? within(clock, endsAt, part.stop(), late(part)) : undefined))
          .catch((error: unknown) => void failures.push(error)),
      );
    }
    await Promise.all(stopping.values());
    started.clear();
    if (failures.length > 0) throw failures[0];
  }

  return component(name, {
    async open() {
      try {
        await startAll(name, planned, started);
      } catch (failure) {
        await stopStarted().catch(() => undefined); // the failed start is the news; a stop that fails after it follows from it
        throw failure;
      }
    },
    close: stopStarted,
    async probe(): Promise<Health> {
      const entries = await Promise.all(planned.map(async ({ part }) => [part.name, await part.health()] as const));
      return worst(Object.fromEntries(entries));
    },
  });
}

/** Rejects when all that had begun to start have come to an end, one way or the other. */
async function startAll(name: string, planned: readonly PlannedPart[], started: Set<Component>): Promise<void> {
  let failed = false;
  const starting = new Map<Component, Promise<boolean>>();
  const failures: unknown[] = [];
  for (const { part, needs } of planned) {
    const start = async (): Promise<boolean> => {
      const ready = await Promise.all(needs.map((other) => starting.get(other)));
      if (failed || ready.includes(false)) return false;
      try {
        await part.start();
        started.add(part);
        return true;
      } catch (cause) {
        failed = true;
        failures.push(coreError('START_FAILED', { component: name, part: part.name }, { cause }));
        return false;
      }
    };
    starting.set(part, start());
  }
  await Promise.all(starting.values());
  if (failures.length > 0) throw failures[0];
}

function within(clock: Clock, endsAt: number, work: Promise<void>, late: () => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(Math.max(0, endsAt - clock.now()), () => reject(late()));
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}
