// @tutti/discovery/redis

import { Duration, Runtime } from '@tutti/core';
import { RedisPlace, redisPlaceDefaults } from '@tutti/core/redis';
import { DiscoveryBackend } from '@tutti/discovery';

export interface RedisBackendOptions extends RedisPlace {
  readonly sweepInterval?: Duration;
  readonly lookEvery?: Duration;
  readonly reconcileEvery?: Duration;
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

export declare function redisBackend(options: RedisBackendOptions): DiscoveryBackend;

export declare const redisBackendDefaults: typeof redisPlaceDefaults & {
  readonly sweepInterval: '1s';
  readonly lookEvery: '5s';
  readonly reconcileEvery: '1m';
};
