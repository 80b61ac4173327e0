import type { Call } from '../call/call.ts';
import { coreError } from '../errors/core-errors.ts';
import { checkOptions } from '../options/check-options.ts';
import { type Duration, durationMs } from '../options/duration.ts';
import { anyOf, duration, finiteNumber, listOf, matching, objectWith, oneOf, type Rule, wholeNumber } from '../options/rules.ts';
import type { KeyValue } from '../ports/key-value.ts';
import { defaultRuntime, type Runtime } from '../runtime/runtime.ts';
import { type Codec, jsonCodec } from './codec.ts';
import { type ScopedKey, scopedKeyRule } from './scoped-key.ts';

export interface CacheOptions {
  /** Part of every key in the second level: caches of one name share their entries, in one process or in many. At most 100 letters, digits, `-`, `_` and `.`. */
  readonly name: string;
  /** Entries in memory. `maxBytes` bounds what they take in the heap, keys and bookkeeping included; an entry heavier than that alone is not kept in memory. */
  readonly l1: { readonly maxBytes: number };
  /** What processes share. Without it the cache is of this process alone. It is not closed by the cache. */
  readonly l2?: KeyValue;
  /** How long one operation on the second level may take before the cache goes on without it. @defaultValue '20ms' */
  readonly l2Timeout?: Duration;
  /** @defaultValue jsonCodec */
  readonly codec?: Codec;
  /** How long a value is fresh, counted from when it was loaded or set, however often it is read. */
  readonly ttl: Duration;
  /** The share of `ttl` by which the time of each entry is shortened at random, so that what was written together does not end together. @defaultValue 0.1 */
  readonly jitter?: number;
  /** How long after its time a value is still served at once while a newer one is loaded in the background. @defaultValue '0s' */
  readonly staleWhileRevalidate?: Duration;
  /** How long after its time a value is served when loading fails. For a second after a failure no other try is made. @defaultValue '0s' */
  readonly staleIfError?: Duration;
  /** How long `undefined` and `null` are kept, instead of `ttl`. `'0s'` keeps them not at all. @defaultValue '0s' */
  readonly negativeTtl?: Duration;
  /** How eagerly a value is loaded anew in the background before its time: the factor beta of XFetch. 0 never. @defaultValue 1 */
  readonly earlyRefresh?: number;
  /** How long a reader may be served what another process has invalidated. @defaultValue '1s' */
  readonly tagBound?: Duration;
  /** The most that one load may take. @defaultValue '30s' */
  readonly loadTimeout?: Duration;
  /** One load at a time in all processes; how long a loader may be silent before another takes over. Needs `l2`. @defaultValue 'off' */
  readonly loadLock?: Duration | 'off';
  readonly runtime?: Runtime;
}

export const cacheDefaults = {
  l2Timeout: '20ms',
  jitter: 0.1,
  staleWhileRevalidate: '0s',
  staleIfError: '0s',
  negativeTtl: '0s',
  earlyRefresh: 1,
  tagBound: '1s',
  loadTimeout: '30s',
  loadLock: 'off',
} as const;

/** How one entry is made. A key must be given the same tags by all who load it. */
export interface EntryOptions {
  /** What invalidates the entry. Minted like keys, so that nobody invalidates the entries of another partition by chance. */
  readonly tags?: readonly ScopedKey[];
  /** @defaultValue that of the cache */
  readonly ttl?: Duration;
}

export interface GetOptions extends EntryOptions {
  /** Who asks: the wait ends with its deadline or cancellation. The load goes on for the others who wait. */
  readonly call?: Call;
}

const aWhile: Rule = (value) =>
  duration(value) ?? (durationMs(value as Duration) > 0 ? undefined : `must be longer than no time, got '${String(value)}'`);

const maxBytes = wholeNumber({ min: 1 });

/** The options with durations as milliseconds. */
export interface Settings {
  readonly name: string;
  readonly maxBytes: number;
  readonly l2: KeyValue | undefined;
  readonly l2Timeout: Duration;
  readonly codec: Codec;
  readonly ttlMs: number;
  readonly jitter: number;
  readonly staleMs: number;
  readonly fallbackMs: number;
  readonly negativeTtlMs: number;
  readonly beta: number;
  readonly tagBoundMs: number;
  readonly loadTimeout: Duration;
  readonly lockMs: number | undefined;
  readonly runtime: Runtime;
}

export function settingsOf(options: CacheOptions): Settings {
  const checked = checkOptions(
    'cache',
    options,
    {
      required: {
        name: matching('a name of 1 to 100 letters, digits, - _ and .', /^[\w.-]{1,100}$/),
        l1: objectWith('an object'),
        ttl: aWhile,
      },
      optional: {
        l2: objectWith('a KeyValue', 'get', 'set', 'setIfAbsent', 'delete'),
        l2Timeout: aWhile,
        codec: objectWith('a Codec', 'encode', 'decode', 'immutable'),
        jitter: finiteNumber({ min: 0, max: 1 }),
        staleWhileRevalidate: duration,
        staleIfError: duration,
        negativeTtl: duration,
        earlyRefresh: finiteNumber({ min: 0 }),
        tagBound: duration,
        loadTimeout: aWhile,
        loadLock: anyOf(oneOf('off'), aWhile),
        runtime: objectWith('a Runtime', 'clock', 'logger', 'random'),
      },
    },
    cacheDefaults,
  );
  checkOptions('cache.l1', checked.l1, { required: { maxBytes } });
  if (checked.loadLock !== 'off' && !checked.l2) {
    throw coreError('INVALID_OPTIONS', { path: 'cache.loadLock', problem: 'needs cache.l2, through which processes see the lock' });
  }
  return {
    name: checked.name,
    maxBytes: checked.l1.maxBytes,
    l2: checked.l2,
    l2Timeout: checked.l2Timeout,
    codec: checked.codec ?? jsonCodec,
    ttlMs: durationMs(checked.ttl),
    jitter: checked.jitter,
    staleMs: durationMs(checked.staleWhileRevalidate),
    fallbackMs: durationMs(checked.staleIfError),
    negativeTtlMs: durationMs(checked.negativeTtl),
    beta: checked.earlyRefresh,
    tagBoundMs: durationMs(checked.tagBound),
    loadTimeout: checked.loadTimeout,
    lockMs: checked.loadLock === 'off' ? undefined : durationMs(checked.loadLock),
    runtime: checked.runtime ?? defaultRuntime,
  };
}

/** @throws INVALID_OPTIONS naming the path of the argument. */
export function entrySettings(
  path: string,
  options: GetOptions,
  settings: Settings,
): { readonly tags: readonly string[]; readonly ttlMs: number; readonly call: Call | undefined } {
  const { tags, ttl, call } = checkOptions(path, options, {
    optional: { tags: listOf(scopedKeyRule), ttl: aWhile, call: objectWith('a Call', 'deadline', 'signal') },
  });
  return {
    tags: tags === undefined ? [] : [...new Set(tags.map((tag) => tag.text))],
    ttlMs: ttl === undefined ? settings.ttlMs : durationMs(ttl),
    call,
  };
}
