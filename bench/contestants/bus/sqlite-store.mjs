// The bare limit of a durable bus on SQLite: the rows and commits that at-least-once delivery with leases, deduplication and an inbox needs, each in
// one transaction for the whole batch, on the disk when it returns (WAL, synchronous FULL). It checks nothing but the number of changed rows.
import { DatabaseSync } from 'node:sqlite';

export class Store {
  #db;
  #statements = {};
  #sent = 0;
  #position = 0;

  constructor(path) {
    this.#db = new DatabaseSync(path);
    this.#db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
      CREATE TABLE events (seq INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT, id TEXT, type TEXT, stored_at INT, body TEXT, UNIQUE (source, id));
      CREATE TABLE subscriptions (id INTEGER PRIMARY KEY, position INT);
      INSERT INTO subscriptions VALUES (1, 0);
      CREATE TABLE deliveries (subscription INT, seq INT, attempt INT, fence INT, due_at INT, PRIMARY KEY (subscription, seq)) WITHOUT ROWID;
      CREATE TABLE inbox (subscription INT, identity TEXT, at INT, PRIMARY KEY (subscription, identity)) WITHOUT ROWID`);
    const prepare = (sql) => this.#db.prepare(sql);
    this.#statements = {
      insert: prepare('INSERT INTO events (source, id, type, stored_at, body) VALUES (?, ?, ?, ?, ?)'),
      page: prepare('SELECT seq, id, body FROM events WHERE seq > ? ORDER BY seq LIMIT ?'),
      claim: prepare('INSERT INTO deliveries VALUES (1, ?, 1, 1, ?)'),
      advance: prepare('UPDATE subscriptions SET position = ? WHERE id = 1'),
      ack: prepare('DELETE FROM deliveries WHERE subscription = 1 AND seq = ? AND fence = 1'),
      remember: prepare('INSERT INTO inbox VALUES (1, ?, ?)'),
      left: prepare('SELECT (SELECT count(*) FROM deliveries) + (SELECT count(*) FROM events, subscriptions WHERE seq > position) AS left'),
      trim: prepare('DELETE FROM events WHERE seq <= ?'),
      forget: prepare('DELETE FROM inbox WHERE subscription = 1 AND identity <= ?'),
    };
  }

  append(texts) {
    const now = Date.now();
    this.#inOne(() => {
      for (const text of texts) this.#statements.insert.run('bench', idOf(++this.#sent), 'bench.sent', now, text);
    });
  }

  /** Rows of seq, id and body, leased to the caller. */
  claim(max) {
    const rows = this.#statements.page.all(this.#position, max);
    if (rows.length === 0) return rows;
    const until = Date.now() + 15_000;
    this.#position = rows.at(-1).seq;
    this.#inOne(() => {
      for (const { seq } of rows) this.#statements.claim.run(seq, until);
      this.#statements.advance.run(this.#position);
    });
    return rows;
  }

  settle(rows) {
    const now = Date.now();
    this.#inOne(() => {
      for (const { seq, id } of rows) {
        if (Number(this.#statements.ack.run(seq).changes) !== 1) throw new Error('lost');
        this.#statements.remember.run(`bench\n${id}`, now);
      }
    });
  }

  left() {
    return this.#statements.left.get().left;
  }

  close() {
    this.#db.close();
  }

  #inOne(work) {
    this.#db.exec('BEGIN IMMEDIATE');
    work();
    this.#db.exec('COMMIT');
  }
}

/** As long as the ids of a bus, and in their order. */
const idOf = (n) => String(n).padStart(36, '0');
