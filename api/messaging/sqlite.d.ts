// @tutti/messaging/sqlite

import { SqlitePlace } from '@tutti/core/sqlite';
import { InboxLimits, OutboxTransport, Retention, TransactionalInbox } from '@tutti/messaging';

export interface SqliteInboxOptions extends SqlitePlace, InboxLimits {
}

export interface SqliteTransportOptions extends SqlitePlace {
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
