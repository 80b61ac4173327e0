// @tutti/core/cache

import { Call, Component, ComponentState, Duration, Health, KeyValue, Runtime } from '@tutti/core';

export declare class Cache implements Component {
  #private;
  readonly name: string;
  readonly on: Component['on'];
  constructor(options: CacheOptions);
  get<T>(key: ScopedKey, load: (call: Call) => Promise<T>, options?: GetOptions): Promise<T>;
  peek<T>(key: ScopedKey): Promise<T | undefined>;
  set(key: ScopedKey, value: unknown, options?: EntryOptions): Promise<void>;
  delete(key: ScopedKey): Promise<void>;
  invalidateTags(tags: readonly ScopedKey[]): Promise<void>;
  stats(): CacheStats;
  get state(): ComponentState;
  start(): Promise<void>;
  stop(): Promise<void>;
  health(): Promise<Health>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface CacheOptions {
  readonly name: string;
  readonly l1: {
    readonly maxBytes: number;
  };
  readonly l2?: KeyValue;
  readonly l2Timeout?: Duration;
  readonly codec?: Codec;
  readonly ttl: Duration;
  readonly jitter?: number;
  readonly staleWhileRevalidate?: Duration;
  readonly staleIfError?: Duration;
  readonly negativeTtl?: Duration;
  readonly earlyRefresh?: number;
  readonly tagBound?: Duration;
  readonly loadTimeout?: Duration;
  readonly loadLock?: Duration | 'off';
  readonly runtime?: Runtime;
}

export interface CacheStats {
  readonly hits: number;
  readonly staleHits: number;
  readonly misses: number;
  readonly l2Hits: number;
  readonly l2Failures: number;
  readonly loads: number;
  readonly loadFailures: number;
  readonly servedOnError: number;
  readonly refreshes: number;
  readonly entries: number;
  readonly bytes: number;
}

export interface Codec {
  encode(value: unknown): Uint8Array;
  decode(bytes: Uint8Array): unknown;
  readonly immutable: boolean;
}

export interface EntryOptions {
  readonly tags?: readonly ScopedKey[];
  readonly ttl?: Duration;
}

export interface GetOptions extends EntryOptions {
  readonly call?: Call;
}

export type KeyPart = string | number | boolean;

export declare class Partition {
  #private;
  readonly tenant: string | undefined;
  readonly principal: string | undefined;
  constructor(prefix: readonly (string | null)[], owner: {
    readonly tenant?: string | undefined;
    readonly principal?: string | undefined;
  });
  static prefixOf(partition: Partition): readonly (string | null)[];
}

export declare class ScopedKey {
  #private;
  readonly text: string;
  constructor(partition: Partition, text: string);
  get partition(): Partition;
  static is(value: unknown): value is ScopedKey;
  toString(): string;
}

export declare const bytesCodec: Codec;

export declare const cacheDefaults: {
  readonly l2Timeout: "20ms";
  readonly jitter: 0.1;
  readonly staleWhileRevalidate: "0s";
  readonly staleIfError: "0s";
  readonly negativeTtl: "0s";
  readonly earlyRefresh: 1;
  readonly tagBound: "1s";
  readonly loadTimeout: "30s";
  readonly loadLock: "off";
};

export declare const jsonCodec: Codec;

export declare function principal(call: Call): Partition;

export declare function scopedKey(partition: Partition, ...parts: readonly [
  KeyPart,
  ...KeyPart[]
]): ScopedKey;

export declare function shared(): Partition;

export declare function tenant(call: Call): Partition;
