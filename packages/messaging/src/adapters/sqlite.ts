export { type SqliteTransportOptions, sqliteRetentionDefaults, sqliteTransport } from './sqlite/transport.ts';
