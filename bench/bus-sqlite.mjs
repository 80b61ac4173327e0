// Messages a second through the SQLite transport, the whole way append, receive, settle, beside a bare loop over the same driver in the same run.
// Both keep a window of messages of 1 KB on the way, and commit with full sync: the messages, the claim, the acknowledgement with the
// inbox row. The bound does it in one thread, a commit each for a whole window, and checks nothing but the number of changed rows.
// Ids are those that a bus makes. The ratio is taken inside each round and then the median over rounds.
//   node --conditions=@tutti/source bench/bus-sqlite.mjs [messages a round] [window] [rounds] [appends a window]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { defaultRuntime, newId } from '../packages/core/src/index.ts';
import { sqliteTransport } from '../packages/messaging/src/adapters/sqlite.ts';
import { encodeEvent } from '../packages/messaging/src/index.ts';

const messages = Number(process.argv[2] ?? 40_000);
const windowSize = Number(process.argv[3] ?? 1_000);
const rounds = Number(process.argv[4] ?? 5);
const batchSize = Math.ceil(windowSize / Number(process.argv[5] ?? 4));
const padding = 'x'.repeat(700);

const message = (n) => ({
  specversion: '1.0',
  id: newId(defaultRuntime),
  source: 'bench',
  type: 'bench.sent',
  time: new Date().toISOString(),
  datacontenttype: 'application/json',
  data: { n, padding, tags: ['a', 'b', 'c'], nested: { deep: true, price: 12.5 } },
  correlationid: newId(defaultRuntime),
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
});

async function bare(path) {
  const db = new DatabaseSync(path);
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE events (seq INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT, id TEXT, type TEXT, stored_at INT, body TEXT, UNIQUE (source, id));
    CREATE TABLE deliveries (subscription INT, seq INT, attempt INT, fence INT, due_at INT, PRIMARY KEY (subscription, seq)) WITHOUT ROWID;
    CREATE TABLE inbox (subscription INT, identity TEXT, at INT, PRIMARY KEY (subscription, identity)) WITHOUT ROWID`);
  const insert = db.prepare('INSERT INTO events (source, id, type, stored_at, body) VALUES (?, ?, ?, ?, ?)');
  const page = db.prepare('SELECT seq, body FROM events WHERE seq > ? ORDER BY seq LIMIT ?');
  const claim = db.prepare('INSERT INTO deliveries VALUES (1, ?, 1, 1, ?)');
  const ack = db.prepare('DELETE FROM deliveries WHERE subscription = 1 AND seq = ? AND fence = 1');
  const remember = db.prepare('INSERT INTO inbox VALUES (1, ?, ?)');
  const inOne = (work) => {
    db.exec('BEGIN IMMEDIATE');
    work();
    db.exec('COMMIT');
  };
  let position = 0;
  for (let sent = 0; sent < messages; sent += windowSize) {
    const batch = Array.from({ length: windowSize }, (_, index) => message(sent + index));
    inOne(() => {
      for (const event of batch) insert.run(event.source, event.id, event.type, Date.now(), JSON.stringify(event));
    });
    const rows = page.all(position, windowSize);
    inOne(() => {
      for (const { seq } of rows) claim.run(seq, Date.now());
    });
    const events = rows.map(({ body }) => JSON.parse(body));
    inOne(() => {
      for (const [index, { seq }] of rows.entries()) {
        if (Number(ack.run(seq).changes) !== 1) throw new Error('lost');
        remember.run(`${events[index].source}\n${events[index].id}`, Date.now());
      }
    });
    position = rows.at(-1).seq;
  }
  db.close();
}

async function transport(path) {
  const bus = sqliteTransport({ path });
  await bus.connect(defaultRuntime);
  const feed = await bus.open({
    group: 'bench',
    pattern: 'bench.*',
    from: 'now',
    leaseMs: 15_000,
    ordered: false,
    inbox: { maxAgeMs: 86_400_000, maxEvents: 100_000 },
  });
  let [sent, done] = [0, 0];
  let room = () => {};
  const publish = async () => {
    const appending = [];
    while (sent < messages) {
      const count = Math.min(batchSize, messages - sent);
      if (sent + count - done > windowSize) {
        await new Promise((resolve) => {
          room = resolve;
        });
        continue;
      }
      const batch = Array.from({ length: count }, (_, index) => encodeEvent(message(sent + index), { fresh: true }));
      sent += count;
      appending.push(bus.append(batch)); // others are made meanwhile, as by callers who wait for theirs only
    }
    await Promise.all(appending);
  };
  const settle = async (deliveries) => {
    const settled = await feed.settle(deliveries.map(({ receipt }) => ({ kind: 'ack', receipt })));
    if (!settled.every(Boolean)) throw new Error('lost');
    done += deliveries.length;
    room();
  };
  const consume = async () => {
    const seen = new Set();
    let [taken, settling] = [0, undefined];
    while (taken < messages) {
      const deliveries = await feed.receive(windowSize, 1_000, new AbortController().signal);
      for (const { event } of deliveries) seen.add(event.data.n);
      taken += deliveries.length;
      settling = Promise.all([settling, settle(deliveries)]); // the bus takes more while outcomes are on their way, too
    }
    await settling;
    if (seen.size !== messages) throw new Error(`${seen.size} of ${messages}`);
  };
  await Promise.all([publish(), consume()]);
  await bus.close();
}

async function rateOf(work) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-bus-'));
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  await work(join(folder, 'bus.db'));
  const seconds = (performance.now() - began) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  rmSync(folder, { recursive: true });
  return { rate: messages / seconds, cpu: (user + system) / messages };
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const results = [];
for (let round = 0; round < rounds; round++) {
  const order = round % 2 === 0 ? [bare, transport] : [transport, bare];
  const measured = {};
  for (const work of order) measured[work.name] = await rateOf(work);
  results.push(measured);
  process.stderr.write(`round ${round + 1}: bare ${measured.bare.rate | 0}/s, transport ${measured.transport.rate | 0}/s\n`);
}
const of = (name, what) => median(results.map((each) => each[name][what]));
process.stdout.write(`| contestant | msg/s | ratio | cpu us/msg |\n| --- | ---: | ---: | ---: |\n`);
for (const name of ['bare', 'transport']) {
  const ratio = median(results.map((each) => each[name].rate / each.bare.rate));
  process.stdout.write(`| ${name} | ${Math.round(of(name, 'rate'))} | ${ratio.toFixed(2)} | ${of(name, 'cpu').toFixed(1)} |\n`);
}
