/** The steps that make the tables, as `SqliteDatabase.migrate` wants them. */
export const busTables: readonly string[] = [
  `CREATE TABLE bus_events (
     seq INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice: positions refer to it when the event is gone
     source TEXT NOT NULL,
     id TEXT NOT NULL,
     type TEXT NOT NULL,
     stored_at INTEGER NOT NULL,
     body TEXT NOT NULL,
     UNIQUE (source, id)
   );
   CREATE TABLE bus_subscriptions (
     id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used twice: a feed of a forgotten subscription must not meet its successor
     group_name TEXT NOT NULL,
     pattern TEXT NOT NULL,
     position INTEGER NOT NULL,             -- every event up to here was handed out or did not match
     UNIQUE (group_name, pattern)
   );
   CREATE TABLE bus_deliveries (
     seq INTEGER NOT NULL,
     subscription INTEGER NOT NULL,
     attempt INTEGER NOT NULL,
     fence INTEGER NOT NULL,                -- rises with every change of hands; part of the receipt
     due_at INTEGER NOT NULL,               -- the end of the lease, or of the delay before a retry
     first_failed_at INTEGER,
     body TEXT,                             -- of a replayed event, whose row may have been trimmed
     PRIMARY KEY (seq, subscription)
   ) WITHOUT ROWID;
   CREATE INDEX bus_deliveries_due ON bus_deliveries (subscription, due_at);
   CREATE TABLE bus_dead_letters (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     group_name TEXT NOT NULL,
     pattern TEXT NOT NULL,
     seq INTEGER NOT NULL,
     fence INTEGER NOT NULL,
     body TEXT NOT NULL,
     reason TEXT NOT NULL,
     message TEXT NOT NULL,
     code TEXT,
     stack TEXT,
     attempts INTEGER NOT NULL,
     first_failed_at INTEGER NOT NULL,
     last_failed_at INTEGER NOT NULL
   );`,
];
