// @tutti/saga/redis

import { Duration } from '@tutti/core';
import { RedisPlace, redisPlaceDefaults } from '@tutti/core/redis';
import { SagaStore } from '@tutti/saga';

export interface RedisPlace {
  readonly url?: string;
  readonly nodes?: readonly string[];
  readonly client?: RedisClient;
  readonly connection?: RedisConnection;
  readonly keyPrefix?: string;
  readonly commandTimeout?: Duration;
}

export interface RedisStoreOptions extends RedisPlace {
  readonly name?: string;
  readonly wait?: RedisWait;
}

export interface RedisWait {
  readonly replicas: number;
  readonly timeout?: Duration;
}

export declare function redisStore(options: RedisStoreOptions): SagaStore;

export declare const redisStoreDefaults: typeof redisPlaceDefaults & {
  readonly name: 'sagas';
};

export declare const redisWaitDefaults: {
  readonly timeout: "1s";
};
