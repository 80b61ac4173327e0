export type { Row, SqliteDatabase, StatementResult } from './database.ts';
