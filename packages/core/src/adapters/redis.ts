export type { RedisArgument, RedisClient, RedisReply } from './redis/redis-client.ts';
export { type RedisConfigStoreOptions, redisConfigStore, redisConfigStoreDefaults } from './redis/redis-config-store.ts';
export { type RedisConnection, type RedisConnectionOptions, redisConnection, redisConnectionDefaults } from './redis/redis-connection.ts';
export { type RedisKeyValueOptions, redisKeyValue } from './redis/redis-key-value.ts';
export { type RedisLeaseOptions, redisLease } from './redis/redis-lease.ts';
export { type RedisRateLimiterOptions, redisRateLimiter, redisRateLimiterDefaults } from './redis/redis-rate-limiter.ts';
export type { RedisReader } from './redis/redis-reader.ts';
export { type RedisScript, redisScript } from './redis/redis-script.ts';
