// @tutti/messaging/sqlite

import { SqliteDatabase } from '@tutti/core/sqlite';
import { InboxLimits, OutboxTransport, Retention, TransactionalInbox } from '@tutti/messaging';

export interface DatabasePlace {
  readonly path?: string;
  readonly database?: SqliteDatabase;
}

export interface SqliteInboxOptions extends DatabasePlace, InboxLimits {
}

export interface SqliteTransportOptions extends DatabasePlace {
  readonly retention?: Retention;
}

export declare function sqliteInbox(options: SqliteInboxOptions): TransactionalInbox;

export declare const sqliteInboxDefaults: {
  readonly maxEvents: 100000;
  readonly maxAge: "7d";
};

export declare const sqliteRetentionDefaults: {
  readonly maxEvents: 100000;
  readonly maxAge: "1d";
};

export declare function sqliteTransport(options: SqliteTransportOptions): OutboxTransport;
