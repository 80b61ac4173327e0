// @tutti/messaging/sqlite

import { SqliteDatabase } from '@tutti/core/sqlite';
import { OutboxTransport, Retention } from '@tutti/messaging';

export interface SqliteTransportOptions {
  readonly path?: string;
  readonly database?: SqliteDatabase;
  readonly retention?: Retention;
}

export declare const sqliteRetentionDefaults: {
  readonly maxEvents: 100000;
  readonly maxAge: "1d";
};

export declare function sqliteTransport(options: SqliteTransportOptions): OutboxTransport;
