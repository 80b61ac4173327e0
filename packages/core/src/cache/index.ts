export { Cache } from './cache.ts';
export { type CacheOptions, cacheDefaults, type EntryOptions, type GetOptions } from './cache-options.ts';
export { bytesCodec, type Codec, jsonCodec } from './codec.ts';
export { type KeyPart, type Partition, principal, type ScopedKey, scopedKey, shared, tenant } from './scoped-key.ts';
export type { CacheStats } from './stats.ts';
