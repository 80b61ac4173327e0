/** What a life of the swept program does: everything that the bus on SQLite writes, in a way that another life can carry on. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CloudEvent, defaultRuntime, newId, type Statement } from '@tutti/core';
import type { SqliteDatabase } from '@tutti/core/sqlite';
import { sqliteInbox, sqliteTransport } from '../../src/adapters/sqlite.ts';
import type { Delivery, OutboxFeed, OutboxTransport, TransactionalInbox } from '../../src/index.ts';
import { testEvent } from '../../src/testing/index.ts';

const leaseMs = 200;
const window = { maxAgeMs: 3_600_000, maxEvents: 10_000 };
const work = { group: 'work', pattern: '**', from: 'beginning', leaseMs, ordered: false, inbox: window } as const;
const gone = { ...work, group: 'gone', pattern: 'never' } as const;
const never = new AbortController().signal;
const fillers = (name: string) => Array.from({ length: 130 }, (_, index) => testEvent(`${name}-${index}`, { type: 'filler' }));

/** An effect in the same database: a second one of its name is refused. */
const effect = (name: string): Statement => ({ sql: 'INSERT INTO effects VALUES (?)', values: [name] });

/** @param apart The control: acknowledges first and writes the effect then. */
export async function liveOnce(folder: string, database: SqliteDatabase, apart = false): Promise<void> {
  await database.start();
  await database.migrate('test', ['CREATE TABLE effects (name TEXT PRIMARY KEY)', 'CREATE TABLE placed (name TEXT PRIMARY KEY)']);
  const transport = sqliteTransport({ database, retention: { maxEvents: 0 } });
  const inbox = sqliteInbox({ database });
  await transport.connect(defaultRuntime);
  await inbox.connect(defaultRuntime);
  const feed = await transport.open(work);
  await transport.open(gone);
  await transport.append(['e0', 'e1', 'e2', 'e3', 'e5'].map((id) => testEvent(id)));
  const place = { sql: 'INSERT OR IGNORE INTO placed VALUES (?)', values: ['e4'] };
  await database.write({ name: 'order.place', statements: [place, ...transport.outbox([testEvent('e4')])] });
  const life: Life = { folder, transport, inbox, feed, ...(apart && { apart: database }) };
  await handleAll(life);
  for (const { id, event } of (await transport.deadLetters.list({ limit: 10 })).items) {
    if ((event as CloudEvent).id === 'e3') await transport.deadLetters.replay([id]);
    else await transport.deadLetters.discard([id]);
  }
  await handleAll(life);
  await transport.append(fillers('filler'));
  await handleAll(life);
  await transport.forget(gone.group, gone.pattern);
  await transport.append(fillers(`last-${newId(defaultRuntime)}`)); // trims what was settled
  const [held] = await feed.receive(1, 0, never);
  await transport.close(); // releases it
  await inbox.close();
  await database.stop();
  if (!held) throw new Error('nothing was there to be released');
}

interface Life {
  readonly folder: string;
  readonly transport: OutboxTransport;
  readonly inbox: TransactionalInbox;
  readonly feed: OutboxFeed;
  readonly apart?: SqliteDatabase;
}

async function handleAll(life: Life): Promise<void> {
  const { feed, transport } = life;
  for (;;) {
    for (const delivery of await feed.receive(50, 20, never)) await handle(delivery, life);
    const [stats] = (await transport.stats()).filter(({ group }) => group === work.group);
    if (stats && stats.waiting + stats.running + stats.delayed === 0) return;
  }
}

async function handle({ event, receipt, handled, attempt, replayedFrom }: Delivery, { folder, inbox, feed, apart }: Life): Promise<void> {
  const { id, type } = event as CloudEvent;
  const failure = { message: 'no' };
  if (handled || type === 'filler') await feed.settle([{ kind: 'ack', receipt }]);
  else if (id === 'e0' || (id === 'e2' && attempt > 1)) {
    appendFileSync(join(folder, 'ledger'), `done ${id}\n`);
    await inbox.remember('seen', [id]);
    await feed.settle([{ kind: 'ack', receipt }]);
  } else if (id === 'e1' && apart) {
    await feed.settle([{ kind: 'ack', receipt }]);
    await apart.write({ name: 'apart.effect', statements: [effect(id)] });
  } else if (id === 'e1' || (id === 'e3' && replayedFrom !== undefined)) await feed.commit(receipt, [effect(id)]);
  else if (id === 'e2') await feed.settle([{ kind: 'retry', receipt, delayMs: 5 }]);
  else if (id === 'e4') {
    await inbox.commit('work', id, [effect(id)]);
    await feed.settle([{ kind: 'ack', receipt }]);
  } else await feed.settle([{ kind: 'dead', receipt, reason: 'final', failure }]);
}
