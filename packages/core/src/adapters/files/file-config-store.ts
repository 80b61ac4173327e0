import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { coreError } from '../../errors/core-errors.ts';
import { messageOf } from '../../errors/message-of.ts';
import { TuttiError } from '../../errors/tutti-error.ts';
import {
  type ConfigLimits,
  checkConfigArguments,
  configEntry,
  configLimitsRules,
  conflict,
  notInHistory,
} from '../../keyed/config-entries.ts';
import { followConfig } from '../../keyed/config-follower.ts';
import { jsonOf } from '../../keyed/json-value.ts';
import { checkOptions } from '../../options/check-options.ts';
import { type Duration, durationMs } from '../../options/duration.ts';
import { duration, objectWith, text } from '../../options/rules.ts';
import type { ConfigEntry, ConfigStore } from '../../ports/config-store.ts';
import { defaultRuntime, type Runtime } from '../../runtime/runtime.ts';
import { entryText, readEntry } from './entry-file.ts';
import { keyFolder } from './key-folder.ts';
import { RevisionFiles } from './revision-files.ts';

export interface FileConfigStoreOptions extends ConfigLimits {
  /** Where the files are; made on the first put. All who use it see the same entries. On a disk of this machine: others may not keep the promises of `link`. */
  readonly folder: string;
  /** How often the folders of watched keys are looked at. @defaultValue '1s' */
  readonly lookEvery?: Duration;
  readonly runtime?: Runtime;
}

export const fileConfigStoreDefaults = { maxHistory: 100, maxValueBytes: 65_536, lookEvery: '1s' } as const;

/**
 * Configuration in files, for the processes of one host and for whoever edits them: `<folder>/mail/7.json` is the seventh revision of `mail`. A put is on the
 * disk when it resolves, and survives `kill -9` and a crash of the machine whole or not at all.
 *
 * An operator writes the next number: `{ "value": … }`, with an `actor` if he likes, made under another name and moved there. A revision that cannot be read
 * is not passed over: `get` and `put` of its key throw INVALID_DATA naming the file and the place until it is mended or removed; watches keep the last good value.
 *
 * @example
 * ```ts
 * import { fileConfigStore } from '@tutti/core/files';
 *
 * const config = fileConfigStore({ folder: 'configuration' });
 * const off = config.watch('mail', ({ revision, value }) => console.log(revision, value));
 * off();
 * ```
 */
export function fileConfigStore(options: FileConfigStoreOptions): ConfigStore {
  const {
    folder,
    maxHistory,
    maxValueBytes,
    lookEvery,
    runtime = defaultRuntime,
  } = checkOptions<FileConfigStoreOptions, typeof fileConfigStoreDefaults>(
    'fileConfigStore',
    options,
    {
      required: { folder: text },
      optional: { ...configLimitsRules, lookEvery: duration, runtime: objectWith('a Runtime', 'clock', 'logger', 'random') },
    },
    fileConfigStoreDefaults,
  );
  const rings = new Set<() => void>();
  const warned = new Map<string, string>();
  const filesOf = (key: string): RevisionFiles => new RevisionFiles(join(folder, keyFolder(key)), maxHistory);

  /** Undefined when it is not there, or not there any more. */
  async function read(key: string, revision: number): Promise<Stored | undefined> {
    const files = filesOf(key);
    const file = revision === 0 ? undefined : await files.read(revision);
    if (!file) return undefined;
    const { json, actor, changedAtMs, id } = readEntry(files.pathOf(revision), file);
    return { entry: configEntry(key, revision, json, actor, changedAtMs), id };
  }
  async function newest(key: string): Promise<Stored | undefined> {
    for (;;) {
      const revision = await filesOf(key).newest();
      const stored = await read(key, revision);
      if (stored || revision === 0) return stored; // else it was removed in between
    }
  }
  /** Undefined when somebody else was faster. */
  async function write(key: string, last: Stored | undefined, json: string, actor: string): Promise<ConfigEntry | undefined> {
    const [revision, changedAtMs] = [last?.entry.revision ?? 0, Math.floor(runtime.clock.epoch())];
    const id = randomUUID(); // not from the runtime's randomness: processes with the same seed must not have the same
    const written = entryText(key, { json, actor, changedAtMs, id }, last?.id ?? '');
    if (!(await filesOf(key).write(revision, id, written))) return undefined;
    for (const ring of rings) ring();
    return configEntry(key, revision + 1, json, actor, changedAtMs);
  }
  async function unlessBad(key: string): Promise<ConfigEntry | undefined> {
    try {
      const stored = await newest(key);
      warned.delete(key);
      return stored?.entry;
    } catch (error) {
      if (warned.get(key) !== messageOf(error))
        runtime.logger.log('warn', `configuration ${key} cannot be read; its last value stays`, { error });
      warned.set(key, messageOf(error));
      return undefined;
    }
  }

  return {
    async get(key) {
      checkConfigArguments({ key });
      return onDisk(folder, async () => (await newest(key))?.entry);
    },
    async put(key, value, expectedRevision, actor) {
      checkConfigArguments({ key, expectedRevision, actor });
      const json = jsonOf(value, maxValueBytes);
      return onDisk(folder, async () => {
        const last = await newest(key);
        const written = (last?.entry.revision ?? 0) === expectedRevision ? await write(key, last, json, actor) : undefined;
        if (!written) throw conflict(key, expectedRevision, await filesOf(key).newest());
        return written;
      });
    },
    async history(key, limit) {
      checkConfigArguments({ key, limit });
      return onDisk(folder, async () => {
        const last = await filesOf(key).newest();
        const revisions = Array.from({ length: Math.min(limit, maxHistory, last) }, (_none, index) => last - index);
        return (await Promise.all(revisions.map((revision) => read(key, revision)))).flatMap((stored) => (stored ? [stored.entry] : []));
      });
    },
    async rollback(key, toRevision, actor) {
      checkConfigArguments({ key, toRevision, actor });
      return onDisk(folder, async () => {
        for (;;) {
          const last = await newest(key);
          const earlier = toRevision > (last?.entry.revision ?? 0) - maxHistory ? await read(key, toRevision) : undefined;
          if (!earlier) throw notInHistory(key, toRevision);
          const written = await write(key, last, JSON.stringify(earlier.entry.value), actor);
          if (written) return written; // else somebody else was faster, and it is written over that
        }
      });
    },
    watch: followConfig(
      {
        name: `configuration in ${folder}`,
        lookEveryMs: durationMs(lookEvery, 'fileConfigStore.lookEvery'),
        async newer(revisions) {
          const entries = await Promise.all(Object.keys(revisions).map(unlessBad));
          return entries.filter((entry) => entry !== undefined && entry.revision > (revisions[entry.key] ?? 0)) as ConfigEntry[];
        },
        onRing(ring) {
          rings.add(ring);
          return () => void rings.delete(ring);
        },
      },
      runtime,
    ),
  };
}

interface Stored {
  readonly entry: ConfigEntry;
  readonly id: string;
}

/** What the system refuses (no room, no right) is a store that cannot be used now. */
async function onDisk<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (TuttiError.is(cause)) throw cause;
    throw coreError('STORE_UNAVAILABLE', { store: `configuration in ${folder}`, problem: messageOf(cause) }, { cause });
  }
}
