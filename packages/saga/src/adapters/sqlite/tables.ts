/**
 * The steps that make the tables, as `SqliteDatabase.migrate` wants them, of the owner `saga.v2`. The tables of the first version (`sagas`,
 * `saga_steps`, `saga_history`) may lie beside them and are left alone.
 */
export const sagaTables: readonly string[] = [
  `CREATE TABLE saga_instances (
     no INTEGER PRIMARY KEY,                -- the order of creation; whatever is kept of a saga goes by it, so that new things lie together
     id TEXT NOT NULL UNIQUE,
     saga TEXT NOT NULL,
     fingerprint TEXT NOT NULL,
     status TEXT NOT NULL,
     fence INTEGER NOT NULL,
     owner TEXT,
     taken_from TEXT,                       -- who held it when it was claimed
     due_at INTEGER,                        -- NULL when it is over
     asked INTEGER NOT NULL DEFAULT 0,
     answered INTEGER NOT NULL DEFAULT 0,
     lock_key TEXT,
     line INTEGER,                          -- 0 has the key, 1 waits for it, NULL has nothing to do with it (any more)
     created_at REAL NOT NULL,
     ended_at INTEGER,
     deadline REAL,
     tenant TEXT,
     call TEXT NOT NULL
   ) STRICT;
   CREATE INDEX saga_instances_due ON saga_instances (saga, fingerprint, due_at) WHERE due_at IS NOT NULL;
   CREATE INDEX saga_instances_asked ON saga_instances (owner) WHERE asked > answered;
   CREATE INDEX saga_instances_line ON saga_instances (lock_key, line, no) WHERE line IS NOT NULL;
   CREATE INDEX saga_instances_ended ON saga_instances (ended_at) WHERE ended_at IS NOT NULL;
   CREATE TRIGGER saga_key_is_passed_on AFTER UPDATE OF line ON saga_instances WHEN old.line = 0 AND new.line IS NULL BEGIN
     UPDATE saga_instances SET line = 0, status = 'running', due_at = new.ended_at
       WHERE no = (SELECT no FROM saga_instances WHERE lock_key = new.lock_key AND line = 1 ORDER BY no LIMIT 1);
   END;

   CREATE TABLE saga_journal (
     no INTEGER NOT NULL,
     seq INTEGER NOT NULL,                  -- 0 is the input; entries are JSON
     body TEXT NOT NULL,
     PRIMARY KEY (no, seq)
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE saga_requests (
     no INTEGER NOT NULL,
     nth INTEGER NOT NULL,
     body TEXT NOT NULL,
     PRIMARY KEY (no, nth)
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE saga_outbox (
     seq INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice: who publishes remembers how far it took
     id TEXT NOT NULL UNIQUE,
     body TEXT NOT NULL
   ) STRICT;
   CREATE TABLE saga_publisher (
     one INTEGER PRIMARY KEY CHECK (one = 1),
     worker TEXT NOT NULL,
     until INTEGER NOT NULL,
     up_to INTEGER NOT NULL                 -- the last event of the outbox that it took
   ) STRICT;
   INSERT INTO saga_publisher VALUES (1, '', 0, 0);`,
];
