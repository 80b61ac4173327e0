import { coreError } from '../../errors/core-errors.ts';
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
import type { EtcdConnection } from './etcd-connection.ts';
import { etcdRing } from './etcd-ring.ts';
import type { EtcdEntry } from './etcd-wire.ts';

export interface EtcdConfigStoreOptions extends ConfigLimits {
  /** A connection of the caller's, who starts it before the store is used and stops it after. */
  readonly connection: EtcdConnection;
  /** Begins every key, after the prefix of the connection: stores of different prefixes share nothing. @defaultValue 'config/' */
  readonly prefix?: string;
  /** How often watched keys are read without a change having been heard of: what a watch that died in silence costs at most. @defaultValue '15s' */
  readonly lookEvery?: Duration;
  readonly runtime?: Runtime;
}

export const etcdConfigStoreDefaults = { maxHistory: 100, maxValueBytes: 65_536, prefix: 'config/', lookEvery: '15s' } as const;

/** A rollback is written at whatever the revision is, so others who write at the same time have it begin again. */
const rollbackTries = 32;

/**
 * Configuration in etcd, for any number of hosts. An entry is on the disks of a majority of the members when `put` resolves, and survives the loss of the others. Times are
 * the clock's of whoever writes.
 *
 * Of a key two things are kept under `prefix`: `at/KEY` holds its revision, and `entry/KEY/REVISION` each entry of the history. A put writes both and
 * trims in one transaction, on condition that `at/KEY` is as expected; the watch of `at/` says when to read again.
 */
export function etcdConfigStore(options: EtcdConfigStoreOptions): ConfigStore {
  const checked = checkOptions(
    'etcdConfigStore',
    options,
    {
      required: { connection: objectWith('an EtcdConnection', 'range', 'transact', 'watch', 'keyPrefix') },
      optional: {
        ...configLimitsRules,
        prefix: text,
        lookEvery: duration,
        runtime: objectWith('a Runtime', 'clock', 'logger', 'random'),
      },
    },
    etcdConfigStoreDefaults,
  );
  const { connection, maxHistory, maxValueBytes, runtime = defaultRuntime } = checked;
  const begin = `${connection.keyPrefix}${checked.prefix}`;
  /** A slash in a key would have the entries of one lie among those of another. */
  const atOf = (key: string): string => `${begin}at/${encodeURIComponent(key)}`;
  const entryKey = (key: string, revision: number): string => `${entriesOf(key)}${String(revision).padStart(16, '0')}`;
  const entriesOf = (key: string): string => `${begin}entry/${encodeURIComponent(key)}/`;

  async function newest(key: string, limit: number): Promise<ConfigEntry[]> {
    const { entries } = await connection.range({ prefix: entriesOf(key), limit, order: 'last-key-first' });
    return entries.map((entry) => entryOf(key, entry));
  }
  /** The entry that is written, or the revision that the key is at instead. */
  async function write(key: string, json: string, at: number, actor: string): Promise<ConfigEntry | number> {
    const entry = configEntry(key, at + 1, json, actor, Math.floor(runtime.clock.epoch()));
    const oldest = at + 2 - maxHistory;
    const { done, found } = await connection.transact({
      when: [at === 0 ? { key: atOf(key), modRevision: 0n } : { key: atOf(key), value: String(at) }],
      apply: [
        { put: atOf(key), value: String(at + 1) },
        { put: entryKey(key, at + 1), value: textOf(entry, json) },
        ...(oldest > 1 ? [{ deleteFrom: entriesOf(key), before: entryKey(key, oldest) }] : []),
      ],
      otherwise: [{ get: { key: atOf(key) } }],
    });
    return done ? entry : Number(found[0]?.[0]?.value ?? 0);
  }
  return {
    async get(key) {
      checkConfigArguments({ key });
      return (await newest(key, 1))[0];
    },
    async put(key, value, expectedRevision, actor) {
      checkConfigArguments({ key, expectedRevision, actor });
      const json = jsonOf(value, maxValueBytes);
      const written = await write(key, json, expectedRevision, actor);
      if (typeof written === 'number') throw conflict(key, expectedRevision, written);
      return written;
    },
    async history(key, limit) {
      checkConfigArguments({ key, limit });
      return newest(key, limit);
    },
    async rollback(key, toRevision, actor) {
      checkConfigArguments({ key, toRevision, actor });
      for (let tries = 0; tries < rollbackTries; tries++) {
        const { found } = await connection.transact({ apply: [{ get: { key: atOf(key) } }, { get: { key: entryKey(key, toRevision) } }] });
        const [[at], [earlier]] = found as readonly [readonly EtcdEntry[], readonly EtcdEntry[]];
        if (!at || !earlier) throw notInHistory(key, toRevision);
        const written = await write(key, jsonIn(earlier), Number(at.value), actor);
        if (typeof written !== 'number') return written;
      }
      throw coreError('STORE_UNAVAILABLE', { store: connection.name, problem: `others write ${key} all the time`, sent: false });
    },
    watch: followConfig(
      {
        name: `configuration in etcd under ${begin}`,
        lookEveryMs: durationMs(checked.lookEvery, 'etcdConfigStore.lookEvery'),
        async newer(revisions) {
          const current = await Promise.all(Object.keys(revisions).map((key) => newest(key, 1)));
          return current.flat();
        },
        onRing: (ring) => etcdRing(connection, `${begin}at/`, ring, runtime),
      },
      runtime,
    ),
  };
}

/** Three lines: time, actor and value, the last two as JSON, which has no line breaks of its own. The revision is in the key. */
function textOf({ changedAt, actor }: ConfigEntry, json: string): string {
  return `${Date.parse(changedAt)}\n${JSON.stringify(actor)}\n${json}`;
}

function entryOf(key: string, { key: place, value }: EtcdEntry): ConfigEntry {
  const [changedAt, actor = ''] = value.split('\n', 2);
  return configEntry(key, Number(place.slice(-16)), jsonIn({ value }), JSON.parse(actor), Number(changedAt));
}

function jsonIn({ value }: Pick<EtcdEntry, 'value'>): string {
  return value.split('\n')[2] ?? 'null';
}
