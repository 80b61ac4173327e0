import { checkOptions } from '../options/check-options.ts';
import { objectWith } from '../options/rules.ts';
import type { ConfigEntry, ConfigStore } from '../ports/config-store.ts';
import { defaultRuntime, type Runtime } from '../runtime/runtime.ts';
import {
  type ConfigLimits,
  checkConfigArguments,
  configEntry,
  configLimitsDefaults,
  configLimitsRules,
  conflict,
  notInHistory,
} from './config-entries.ts';
import { ConfigWatches } from './config-watches.ts';
import { jsonOf } from './json-value.ts';

export interface MemoryConfigStoreOptions extends ConfigLimits {
  readonly runtime?: Runtime;
}

/**
 * Configuration in the memory of this process, gone with it: for one process, for tests, for simulation. Listeners hear of a write before `put` resolves.
 *
 * @example
 * ```ts
 * import { memoryConfigStore } from '@tutti/core';
 *
 * const config = memoryConfigStore();
 * const first = await config.put('mail', { paused: false }, 0, 'ada');
 * await config.put('mail', { paused: true }, first.revision, 'ben');
 * await config.rollback('mail', 1, 'ada');
 * console.log((await config.history('mail', 10)).map(({ revision, actor }) => `${revision} ${actor}`));
 * ```
 */
export function memoryConfigStore(options: MemoryConfigStoreOptions = {}): ConfigStore {
  const {
    maxHistory,
    maxValueBytes,
    runtime = defaultRuntime,
  } = checkOptions(
    'memoryConfigStore',
    options,
    { optional: { ...configLimitsRules, runtime: objectWith('a Runtime', 'clock', 'logger', 'random') } },
    configLimitsDefaults,
  );
  /** Newest first. */
  const entries = new Map<string, readonly ConfigEntry[]>();
  const watches = new ConfigWatches(runtime.logger);
  const of = (key: string): readonly ConfigEntry[] => entries.get(key) ?? [];

  function write(key: string, json: string, actor: string): ConfigEntry {
    const entry = configEntry(key, (of(key)[0]?.revision ?? 0) + 1, json, actor, runtime.clock.epoch());
    entries.set(key, [entry, ...of(key).slice(0, maxHistory - 1)]);
    watches.tell(entry);
    return entry;
  }
  return {
    async get(key) {
      checkConfigArguments({ key });
      return of(key)[0];
    },
    async put(key, value, expectedRevision, actor) {
      checkConfigArguments({ key, expectedRevision, actor });
      const json = jsonOf(value, maxValueBytes);
      const current = of(key)[0]?.revision ?? 0;
      if (current !== expectedRevision) throw conflict(key, expectedRevision, current);
      return write(key, json, actor);
    },
    async history(key, limit) {
      checkConfigArguments({ key, limit });
      return of(key).slice(0, limit);
    },
    async rollback(key, toRevision, actor) {
      checkConfigArguments({ key, toRevision, actor });
      const earlier = of(key).find(({ revision }) => revision === toRevision);
      if (!earlier) throw notInHistory(key, toRevision);
      return write(key, JSON.stringify(earlier.value), actor);
    },
    watch(key, listener) {
      checkConfigArguments({ key });
      const off = watches.add(key, listener);
      queueMicrotask(() => {
        const [current] = of(key);
        if (current) watches.tell(current);
      });
      return off;
    },
  };
}
