import { handledTable } from './handled-table.ts';

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
  `ALTER TABLE bus_events ADD COLUMN priority INTEGER; -- 0 high, 1 normal, 2 low
   ALTER TABLE bus_events ADD COLUMN subject TEXT;
   UPDATE bus_events SET ${readFrom('bus_events.body')};
   CREATE INDEX bus_events_by_priority ON bus_events (priority, seq, type);
   CREATE TRIGGER bus_events_from_outside AFTER INSERT ON bus_events WHEN new.priority IS NULL BEGIN
     UPDATE bus_events SET ${readFrom('new.body')} WHERE seq = new.seq;
   END;

   ALTER TABLE bus_subscriptions RENAME COLUMN position TO position_1; -- of each priority a position of its own
   ALTER TABLE bus_subscriptions ADD COLUMN position_0 INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE bus_subscriptions ADD COLUMN position_2 INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE bus_subscriptions ADD COLUMN ordered INTEGER NOT NULL DEFAULT 0;
   UPDATE bus_subscriptions SET position_0 = position_1, position_2 = position_1;

   CREATE TABLE bus_begun (
     subscription INTEGER NOT NULL,
     seq INTEGER NOT NULL,
     priority INTEGER NOT NULL,
     subject TEXT,                          -- of an ordered subscription only
     state INTEGER NOT NULL,                -- 0 waits for its time, 1 in the hands of a member, 2 waits for another of its subject
     attempt INTEGER NOT NULL,
     fence INTEGER NOT NULL,
     due_at INTEGER NOT NULL,
     first_failed_at INTEGER,
     taken_over INTEGER NOT NULL DEFAULT 0,
     replayed_from INTEGER,                 -- the dead letter; its event may have been trimmed, so time and body are kept here
     stored_at INTEGER,
     body TEXT,
     PRIMARY KEY (subscription, seq)
   ) WITHOUT ROWID;
   INSERT INTO bus_begun (subscription, seq, priority, state, attempt, fence, due_at, first_failed_at, stored_at, body)
     SELECT d.subscription, d.seq, coalesce(e.priority, 1), d.attempt > 0 AND d.first_failed_at IS NULL, d.attempt, d.fence, d.due_at,
       d.first_failed_at, iif(d.body IS NULL, NULL, coalesce(e.stored_at, d.due_at)), d.body
     FROM bus_deliveries d LEFT JOIN bus_events e ON e.seq = d.seq;
   DROP TABLE bus_deliveries;
   ALTER TABLE bus_begun RENAME TO bus_deliveries;
   CREATE INDEX bus_deliveries_due ON bus_deliveries (subscription, priority, due_at, state) WHERE state < 2;
   CREATE INDEX bus_deliveries_of_subject ON bus_deliveries (subscription, subject, priority, state) WHERE subject IS NOT NULL;

   ALTER TABLE bus_dead_letters ADD COLUMN priority INTEGER NOT NULL DEFAULT 1;
   ALTER TABLE bus_dead_letters ADD COLUMN subject TEXT;
   ALTER TABLE bus_dead_letters ADD COLUMN stored_at INTEGER;
   UPDATE bus_dead_letters SET stored_at = first_failed_at, ${readFrom('bus_dead_letters.body')};
   CREATE INDEX bus_dead_letters_of_subscription ON bus_dead_letters (group_name, pattern);

   ${handledTable('bus_inbox')}`,
];

/** What an event says of itself, for rows of writers that do not say it in columns: whatever is no event is of normal priority and has no subject. */
function readFrom(body: string): string {
  const member = (name: string): string => `CASE WHEN json_valid(${body}) THEN json_extract(${body}, '$.${name}') END`;
  return `priority = CASE ${member('priority')} WHEN 'high' THEN 0 WHEN 'low' THEN 2 ELSE 1 END, subject = ${member('subject')}`;
}
