export type { Row, SqliteDatabase, StatementResult } from './database.ts';
export { type SqliteConfigStoreOptions, sqliteConfigStore, sqliteConfigStoreDefaults } from './sqlite-config-store.ts';
export { type SqliteDatabaseOptions, sqliteDatabase, sqliteDatabaseDefaults } from './sqlite-database.ts';
export { sqliteDurability } from './sqlite-durability.ts';
export { sqliteIsFree } from './sqlite-is-free.ts';
export { type SqliteKeyValueOptions, sqliteKeyValue } from './sqlite-key-value.ts';
export { type SqliteLeaseOptions, sqliteLease } from './sqlite-lease.ts';
export { PlacedDatabase, type SqlitePlace, sqlitePlaceRules } from './sqlite-place.ts';
export { type SqliteRateLimiterOptions, sqliteRateLimiter } from './sqlite-rate-limiter.ts';
