export { type SqliteInboxOptions, sqliteInbox, sqliteInboxDefaults } from './sqlite/inbox.ts';
export type { DatabasePlace } from './sqlite/own-database.ts';
export { type SqliteTransportOptions, sqliteRetentionDefaults, sqliteTransport } from './sqlite/transport.ts';
