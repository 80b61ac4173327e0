export type { Row, SqliteDatabase, StatementResult } from './database.ts';
export { type SqliteDatabaseOptions, sqliteDatabase, sqliteDatabaseDefaults } from './sqlite-database.ts';
