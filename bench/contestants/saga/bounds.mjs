// D, bounds that make the writes of the kit by hand: start, claim and intent of the first step in one write, the outcome of a step and the intent of the
// next in one, the last outcome and the finish in one. Each write checks owner and fence, and adds two rows to the journal of its saga.
// { name, needs, setup } as in builtin.mjs; setup also gives firsts(): milliseconds from the start of each saga to its first step.
import { createRequire } from 'node:module';
import { join } from 'node:path';
const require = createRequire(import.meta.url);
const worker = 'worker-0123456789ab';
const call = JSON.stringify({ traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, correlationid: '01234567-89ab-7cde-8f01-23456789abcd' });
const step = async (id, n) => `${id}:${n}`;
const entry = (what, n, result) => JSON.stringify({ at: Date.now(), worker, fence: 1, what, ...(n && { step: `s${n}`, attempt: 1 }), ...(result && { result: JSON.stringify(result) }) });

/** write(kind, id, seq, two entries): kind 0 starts and holds, 1 goes on, 2 ends. */
const sagaOn = (write, firsts) => async (id) => {
  const t = performance.now();
  await write(0, id, 1, entry('started'), entry('intent', 1));
  firsts.push(performance.now() - t);
  const one = await step(id, 1);
  await write(1, id, 3, entry('done', 1, one), entry('intent', 2));
  const two = await step(id, 2);
  await write(1, id, 5, entry('done', 2, two), entry('intent', 3));
  const three = await step(id, 3);
  await write(2, id, 7, entry('done', 3, three), entry('completed'));
  return three;
};
const bound = (name, needs, open) => ({
  name,
  needs,
  setup: async (cfg) => {
    const firsts = [];
    const { write, ...rest } = await open(cfg);
    return { run: sagaOn(write, firsts), firsts: () => firsts, ...rest };
  },
});

const pgTables = `
  CREATE TABLE saga (id text PRIMARY KEY, saga text NOT NULL, fingerprint text NOT NULL, status text NOT NULL, owner text, fence int NOT NULL, due_at timestamptz, created_at timestamptz NOT NULL,
    ended_at timestamptz, call text NOT NULL, input text NOT NULL) WITH (fillfactor = 70);
  CREATE INDEX saga_due ON saga (due_at) WHERE due_at IS NOT NULL;
  CREATE TABLE journal (id text, seq int, body text NOT NULL, PRIMARY KEY (id, seq))`;
const pgPool = async (pgUrl, max) => {
  const pg = require('pg');
  const pool = new pg.Pool({ connectionString: pgUrl, max });
  await pool.query(pgTables);
  const counted = `SELECT count(*) c FROM saga s JOIN journal j ON j.id = s.id AND j.seq = 7 WHERE s.status = 'completed' AND j.body LIKE '%:3%'`;
  return { pool, count: async () => Number((await pool.query(counted)).rows[0].c), close: () => pool.end() };
};
const written = (rows) => {
  if (rows !== 2) throw new Error(`${rows} rows for 2 entries`);
};

async function pgPlain({ pgUrl }) {
  const { pool, count, close } = await pgPool(pgUrl, 20);
  const journal = 'INSERT INTO journal SELECT w.id, e.seq, e.body FROM w, (VALUES ($2::int, $3::text), ($2::int + 1, $4::text)) e(seq, body)';
  const held = `id = $1 AND owner = '${worker}' AND fence = 1`;
  const texts = [
    `WITH w AS (INSERT INTO saga VALUES ($1, 'bench', 'f', 'running', '${worker}', 1, now() + interval '15 s', now(), NULL, $5, $6) ON CONFLICT DO NOTHING RETURNING id) ${journal}`,
    `WITH w AS (SELECT id FROM saga WHERE ${held} FOR UPDATE) ${journal}`,
    `WITH w AS (UPDATE saga SET status = 'completed', owner = NULL, due_at = NULL, ended_at = now() WHERE ${held} RETURNING id) ${journal}`,
  ];
  const write = async (kind, id, seq, a, b) => {
    const values = kind === 0 ? [id, seq, a, b, call, JSON.stringify({ id })] : [id, seq, a, b];
    written((await pool.query({ name: `w${kind}`, text: texts[kind], values })).rowCount);
  };
  return { write, count, close };
}

/** Writers queue; each of two connections takes the whole queue as one statement, so one commit carries many sagas. */
async function pgGrouped({ pgUrl }) {
  const { pool, count, close } = await pgPool(pgUrl, 3);
  const text = `WITH w AS (SELECT * FROM unnest($1::text[], $2::int[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[]) w(id, kind, seq, a, b, call, input)),
    made AS (INSERT INTO saga SELECT id, 'bench', 'f', 'running', '${worker}', 1, now() + interval '15 s', now(), NULL, call, input FROM w WHERE kind = 0 ON CONFLICT DO NOTHING RETURNING id),
    held AS (SELECT s.id FROM saga s JOIN w ON w.id = s.id WHERE w.kind = 1 AND s.owner = '${worker}' AND s.fence = 1 ORDER BY s.id FOR UPDATE OF s),
    ended AS (UPDATE saga s SET status = 'completed', owner = NULL, due_at = NULL, ended_at = now() FROM w WHERE w.kind = 2 AND s.id = w.id AND s.owner = '${worker}' AND s.fence = 1 RETURNING s.id),
    ours AS (SELECT id FROM made UNION ALL SELECT id FROM held UNION ALL SELECT id FROM ended)
    INSERT INTO journal SELECT w.id, e.seq, e.body FROM w JOIN ours USING (id), LATERAL (VALUES (w.seq, w.a), (w.seq + 1, w.b)) e(seq, body) ON CONFLICT (id, seq) DO UPDATE SET body = excluded.body RETURNING id`;
  let queue = [];
  let free = 2;
  const pump = () => {
    while (free > 0 && queue.length > 0) {
      const b = queue.splice(0, 500);
      free--;
      const column = (k) => b.map((x) => x[k]);
      pool
        .query({ name: 'g', text, values: ['id', 'kind', 'seq', 'a', 'b', 'call', 'input'].map(column) })
        .then(({ rows }) => {
          const ours = new Set(rows.map((r) => r.id));
          for (const x of b) ours.has(x.id) ? x.res() : x.rej(new Error('not ours'));
        }, (e) => b.forEach((x) => x.rej(e)))
        .finally(() => {
          free++;
          if (queue.length) setImmediate(pump);
        });
    }
  };
  const write = (kind, id, seq, a, b) =>
    new Promise((res, rej) => {
      queue.push({ id, kind, seq, a, b, call: kind === 0 ? call : null, input: kind === 0 ? JSON.stringify({ id }) : null, res, rej });
      if (queue.length === 1) setImmediate(pump);
    });
  return { write, count, close };
}

async function sqlite({ dir }, grouped) {
  const Database = require('better-sqlite3');
  const db = new Database(join(dir, 'saga.db'));
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec(`CREATE TABLE saga (no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, saga TEXT NOT NULL, fingerprint TEXT NOT NULL, status TEXT NOT NULL, owner TEXT, fence INT NOT NULL, due_at INT, created_at INT NOT NULL,
      ended_at INT, call TEXT NOT NULL, input TEXT NOT NULL);
    CREATE INDEX saga_due ON saga (due_at) WHERE due_at IS NOT NULL;
    CREATE INDEX saga_ended ON saga (ended_at) WHERE ended_at IS NOT NULL;
    CREATE TABLE journal (no INT NOT NULL, seq INT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (no, seq)) WITHOUT ROWID`);
  const start = db.prepare("INSERT INTO saga (id, saga, fingerprint, status, owner, fence, due_at, created_at, call, input) VALUES (?, 'bench', 'f', 'running', ?, 1, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
  const held = db.prepare('SELECT no FROM saga WHERE id = ? AND owner = ? AND fence = 1').pluck();
  const end = db.prepare("UPDATE saga SET status = 'completed', owner = NULL, due_at = NULL, ended_at = ? WHERE no = ?");
  const journal = db.prepare('INSERT INTO journal VALUES (?, ?, ?), (?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body');
  const put = ({ kind, id, seq, a, b }) => {
    const no = kind === 0 ? start.run(id, worker, Date.now() + 15_000, Date.now(), call, JSON.stringify({ id })).lastInsertRowid : held.get(id, worker);
    if (no === undefined) throw new Error('not ours');
    if (kind === 2) end.run(Date.now(), no);
    journal.run(no, seq, a, no, seq + 1, b);
  };
  const one = db.transaction(put);
  const all = db.transaction((batch) => batch.forEach(put));
  let queue = [];
  const flush = () => {
    const batch = queue;
    queue = [];
    try {
      all(batch);
      for (const { res } of batch) res();
    } catch (e) {
      for (const { rej } of batch) rej(e);
    }
  };
  const write = grouped
    ? (kind, id, seq, a, b) =>
        new Promise((res, rej) => {
          queue.push({ kind, id, seq, a, b, res, rej });
          if (queue.length === 1) setImmediate(flush);
        })
    : async (kind, id, seq, a, b) => one({ kind, id, seq, a, b });
  const counted = db.prepare("SELECT count(*) c FROM saga s JOIN journal j ON j.no = s.no AND j.seq = 7 WHERE s.status = 'completed' AND j.body LIKE '%:3%'");
  return { write, count: async () => counted.get().c, close: async () => db.close() };
}

async function redis({ redisPort }) {
  const Redis = require('ioredis');
  const r = new Redis({ port: redisPort, host: '127.0.0.1', enableAutoPipelining: true });
  const ours = `local h = redis.call('HMGET', KEYS[1], 'owner', 'fence') if h[1] ~= ARGV[1] or h[2] ~= '1' then return 0 end`;
  const scripts = [
    `if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
     redis.call('HSET', KEYS[1], 'saga', 'bench', 'fingerprint', 'f', 'status', 'running', 'owner', ARGV[1], 'fence', '1', 'created', ARGV[5], 'call', ARGV[6], 'input', ARGV[7])
     redis.call('ZADD', KEYS[3], ARGV[5], KEYS[1]) return redis.call('HSET', KEYS[2], ARGV[2], ARGV[3], ARGV[2] + 1, ARGV[4])`,
    `${ours} return redis.call('HSET', KEYS[2], ARGV[2], ARGV[3], ARGV[2] + 1, ARGV[4])`,
    `${ours} redis.call('HSET', KEYS[1], 'status', 'completed', 'owner', '', 'ended', ARGV[5]) redis.call('ZREM', KEYS[3], KEYS[1]) redis.call('ZADD', KEYS[4], ARGV[5], KEYS[1])
     return redis.call('HSET', KEYS[2], ARGV[2], ARGV[3], ARGV[2] + 1, ARGV[4])`,
  ];
  const hashes = await Promise.all(scripts.map((s) => r.script('LOAD', s)));
  const write = async (kind, id, seq, a, b) => {
    const more = kind === 1 ? [] : kind === 0 ? [Date.now(), call, JSON.stringify({ id })] : [Date.now()];
    written(await r.evalsha(hashes[kind], 4, `saga:{b}:${id}`, `journal:{b}:${id}`, 'due:{b}', 'ended:{b}', worker, seq, a, b, ...more));
  };
  const count = async () => {
    const keys = await r.keys('saga:*');
    const v = await Promise.all(keys.map(async (k) => [await r.hget(k, 'status'), await r.hget(k.replace('saga:', 'journal:'), '7')]));
    return v.filter(([s, last]) => s === 'completed' && last.includes(':3')).length;
  };
  return { write, count, close: async () => r.disconnect() };
}

export default [
  bound('bound pg, a statement a write', ['pg'], pgPlain),
  bound('bound pg, group commit', ['pg'], pgGrouped),
  bound('bound sqlite FULL', [], (c) => sqlite(c, false)),
  bound('bound sqlite FULL, group commit', [], (c) => sqlite(c, true)),
  bound('bound redis everysec', ['redis'], redis),
  bound('bound redis fsync always', ['redis-always'], redis),
];
