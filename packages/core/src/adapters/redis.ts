export type { RedisArgument, RedisClient, RedisReply } from './redis/redis-client.ts';
export { type RedisConnection, type RedisConnectionOptions, redisConnection, redisConnectionDefaults } from './redis/redis-connection.ts';
