// Durable write-sets a second through the SQLite engine, beside a bare group-commit loop over the same driver in the same run.
// Both keep sagas of five writes (an insert and four fenced updates), each acknowledged only after COMMIT with full sync.
// The ratio is taken inside each round and then the median over rounds. The delay of the event loop is that of the caller's thread.
//   node bench/sqlite-writes.mjs [seconds per measurement] [writers at once, such as 1,32,256]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { DatabaseSync } from 'node:sqlite';
import { sqliteDatabase } from '../packages/core/src/sqlite/index.ts';

const seconds = Number(process.argv[2] ?? 1.5);
const writers = (process.argv[3] ?? '1,32,256').split(',').map(Number);
const rounds = 5;
const resolutionMs = 1;
const table = 'CREATE TABLE saga (id TEXT PRIMARY KEY, step INT NOT NULL, status TEXT NOT NULL, data TEXT NOT NULL) WITHOUT ROWID';
const insert = 'INSERT INTO saga VALUES (?, ?, ?, ?)';
const update = 'UPDATE saga SET step = ?, status = ?, data = ? WHERE id = ? AND step < 9';

/** The bound: everything in one thread, nothing checked but the number of changed rows, one transaction a turn. */
async function bare(path) {
  const db = new DatabaseSync(path);
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  db.exec(table);
  const statements = { [insert]: db.prepare(insert), [update]: db.prepare(update) };
  let queue = [];
  const flush = () => {
    const batch = queue;
    queue = [];
    db.exec('BEGIN IMMEDIATE');
    for (const { sql, values } of batch) if (Number(statements[sql].run(...values).changes) !== 1) throw new Error('lost');
    db.exec('COMMIT');
    for (const { resolve } of batch) resolve();
  };
  return {
    write: (sql, values) =>
      new Promise((resolve) => {
        if (queue.push({ sql, values, resolve }) === 1) setImmediate(flush);
      }),
    close: async () => db.close(),
  };
}

async function engine(path) {
  const database = sqliteDatabase({ path });
  await database.start();
  await database.migrate('bench', [table]);
  return {
    write: (sql, values) => database.write({ name: 'saga.write', statements: [{ sql, values, expectedRows: 1 }] }),
    close: () => database.stop(),
  };
}

async function saga({ write }, id) {
  const results = [];
  await write(insert, [id, 0, 'running', '[]']);
  for (let step = 1; step <= 4; step++) {
    results.push(`${id}:${step}`);
    await write(update, [step, step === 4 ? 'done' : 'running', JSON.stringify(results), id]);
  }
}

async function measure(make, concurrency) {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-bench-'));
  const store = await make(join(folder, 'bench.db'));
  const latencies = [];
  let writes = 0;
  const counted = {
    async write(sql, values) {
      const began = performance.now();
      await store.write(sql, values);
      latencies.push(performance.now() - began);
      writes++;
    },
  };
  let running = true;
  let next = 0;
  const began = performance.now();
  setTimeout(() => (running = false), seconds * 1000);
  const cpu = process.cpuUsage();
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (running) await saga(counted, `saga-${next++}`);
    }),
  );
  const took = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  delay.disable();
  await store.close();
  rmSync(folder, { recursive: true });
  latencies.sort((a, b) => a - b);
  return {
    rate: (writes / took) * 1000,
    p99: latencies[Math.floor(latencies.length * 0.99)],
    cpu: (user + system) / writes,
    loop: Math.max(0, delay.percentile(99) / 1e6 - resolutionMs),
  };
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
console.log('writers | bare sets/s | engine sets/s | ratio | p99 ms bare, engine | CPU us/set bare, engine | loop delay p99 ms bare, engine');
for (const concurrency of writers) {
  const results = { bare: [], engine: [] };
  for (let round = 0; round < rounds; round++) {
    results.bare.push(await measure(bare, concurrency));
    results.engine.push(await measure(engine, concurrency));
  }
  const of = (name, key) => median(results[name].map((result) => result[key]));
  const ratio = median(results.engine.map((result, round) => result.rate / results.bare[round].rate));
  const pair = (key, digits) => `${of('bare', key).toFixed(digits)}, ${of('engine', key).toFixed(digits)}`;
  console.log([concurrency, Math.round(of('bare', 'rate')), Math.round(of('engine', 'rate')), ratio.toFixed(2), pair('p99', 2), pair('cpu', 1), pair('loop', 1)].join(' | '));
}
