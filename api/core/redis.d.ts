// @tutti/core/redis

import { Component, ConfigLimits, ConfigStore, Durability, Duration, KeyValue, Lease, OptionRules, RateLimiter, Runtime } from '@tutti/core';

export declare class PlacedConnection {
  #private;
  readonly name: string;
  readonly keyPrefix: string;
  readonly commandMs: number;
  constructor(path: string, place: RedisPlace & Required<Pick<RedisPlace, keyof typeof redisPlaceDefaults>>);
  open(runtime: Runtime): Promise<RedisConnection>;
  close(connection: RedisConnection): Promise<void>;
}

export type RedisArgument = string | number | Uint8Array;

export interface RedisClient {
  readonly status: string;
  readonly isCluster?: boolean;
  connect(): Promise<unknown>;
  disconnect(reconnect?: boolean): void;
  callBuffer(command: string, ...args: RedisArgument[]): Promise<unknown>;
  on(event: string, listener: (...told: unknown[]) => void): unknown;
  off(event: string, listener: (...told: unknown[]) => void): unknown;
  subscribe(channel: string): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  duplicate(): RedisClient;
  nodes?(): readonly RedisClient[];
}

export interface RedisConfigStoreOptions extends ConfigLimits {
  readonly connection: RedisConnection;
  readonly prefix?: string;
  readonly lookEvery?: Duration;
  readonly runtime?: Runtime;
}

export interface RedisConnection extends Component {
  readonly keyPrefix: string;
  command(name: string, ...args: readonly RedisArgument[]): Promise<RedisReply>;
  script(script: RedisScript, keys: readonly string[], args: readonly RedisArgument[]): Promise<RedisReply>;
  subscribe(channel: string, listener: () => void): () => void;
  onReady(listener: () => void): () => void;
  reader(): RedisReader;
}

export interface RedisConnectionOptions {
  readonly url?: string;
  readonly nodes?: readonly string[];
  readonly client?: RedisClient;
  readonly keyPrefix?: string;
  readonly commandTimeout?: Duration;
  readonly watchdog?: Duration;
  readonly eviction?: 'refuse' | 'accept';
  readonly runtime?: Runtime;
}

export interface RedisKeyValueOptions {
  readonly connection: RedisConnection;
}

export interface RedisLeaseOptions {
  readonly connection: RedisConnection;
  readonly runtime?: Runtime;
}

export interface RedisPlace {
  readonly url?: string;
  readonly nodes?: readonly string[];
  readonly client?: RedisClient;
  readonly connection?: RedisConnection;
  readonly keyPrefix?: string;
  readonly commandTimeout?: Duration;
}

export interface RedisRateLimiterOptions {
  readonly connection: RedisConnection;
  readonly prefix?: string;
}

export interface RedisReader {
  read(patienceMs: number, name: string, ...args: readonly RedisArgument[]): Promise<RedisReply>;
  close(): void;
}

export type RedisReply = Buffer | number | null | readonly RedisReply[];

export interface RedisScript {
  readonly text: string;
  readonly sha1: string;
}

export declare function redisConfigStore(options: RedisConfigStoreOptions): ConfigStore;

export declare const redisConfigStoreDefaults: {
  readonly maxHistory: 100;
  readonly maxValueBytes: 65536;
  readonly prefix: "config:";
  readonly lookEvery: "15s";
};

export declare function redisConnection(options: RedisConnectionOptions): RedisConnection;

export declare const redisConnectionDefaults: {
  readonly keyPrefix: "tutti:";
  readonly commandTimeout: "2s";
  readonly watchdog: "5s";
  readonly eviction: "refuse";
};

export declare function redisDurability(ask: Ask, store: string, what: string): Promise<Durability>;

export declare function redisKeyValue(options: RedisKeyValueOptions): KeyValue;

export declare function redisLease(options: RedisLeaseOptions): Lease;

export declare const redisPlaceDefaults: {
  readonly keyPrefix: "tutti:";
  readonly commandTimeout: "2s";
};

export declare const redisPlaceRules: OptionRules<RedisPlace>['optional'] & object;

export declare function redisRateLimiter(options: RedisRateLimiterOptions): RateLimiter;

export declare const redisRateLimiterDefaults: {
  readonly prefix: "rate:";
};

export declare function redisScript(text: string): RedisScript;

// not exported, but part of what is

type Ask = (name: string, ...args: readonly RedisArgument[]) => Promise<RedisReply>;
