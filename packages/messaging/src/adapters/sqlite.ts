export { type SqliteInboxOptions, sqliteInbox, sqliteInboxDefaults } from './sqlite/inbox.ts';
export { type SqliteTransportOptions, sqliteRetentionDefaults, sqliteTransport } from './sqlite/transport.ts';
