import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { TuttiError } from '@tutti/core';
import { eventually, faultScale, tcpFaultProxy } from '@tutti/core/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeWith } from '../../../tools/services/needs.ts';
import { type PostgresServer, startPostgres } from '../../../tools/services/postgres.ts';
import type { SagaStore } from '../src/store/saga-store.ts';
import { by, entry, event, held, loaded, long, newSaga } from '../src/testing/saga-store-subject.ts';
import { type PostgresPlace, postgresPlace } from './postgres-place.ts';

const watcher = fileURLToPath(new URL('./programs/postgres-watcher.ts', import.meta.url));

/** As an engine does: what may or may not have been written is written again, the very same. */
async function insist(work: () => Promise<unknown>, failures: string[]): Promise<void> {
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if (!TuttiError.is(error, 'STORE_UNAVAILABLE')) throw error;
      failures.push(error.message);
      await pause(5 + Math.random() * 20);
    }
  }
}

describeWith('postgres', 'a store whose Postgres fails', () => {
  let server: PostgresServer;
  let place: PostgresPlace;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  beforeEach(async () => {
    place = await postgresPlace(server.url);
  });
  afterEach(() => place.drop());
  afterAll(() => server.stop());

  it('loses nothing that it acknowledged, comes back by itself, and takes the same checkpoint twice without harm', {
    timeout: 120_000,
  }, async () => {
    const store = await place.store({ commandTimeout: '2s' });
    const kills = faultScale(10, 0.2);
    const failures: string[] = [];
    const acknowledged = new Map<string, number>();
    let ending = false;
    const run = async (worker: number): Promise<void> => {
      for (let nth = 0; !ending; nth++) {
        const id = `s${worker}-${nth}`;
        const tx = nth % 5 === 4 ? [{ sql: `INSERT INTO ${place.schema}.effects VALUES ($1)`, values: [id], expectedRows: 1 }] : [];
        // a creation that was not heard of is found again by its id
        await insist(() => store.create(newSaga(id, nth % 3 ? {} : { lockKey: id }), { hold: { worker: 'one', leaseMs: long } }), failures);
        acknowledged.set(id, 1);
        for (let seq = 2; seq <= 4; seq++) {
          const last = seq === 4;
          const checkpoint = by(
            'one',
            { id, fence: 1 },
            {
              name: last ? 'finish' : 'outcome',
              status: last ? 'completed' : 'running',
              entries: [entry(seq, last ? 'completed' : 'done', { result: `${seq}` })],
              events: [event(`${id}/${seq}`)],
              ...(seq === 3 && tx.length > 0 && { statements: tx }),
            },
          );
          await insist(() => store.checkpoint(checkpoint), failures);
          acknowledged.set(id, seq);
        }
      }
    };
    await place.pool.query(`CREATE TABLE ${place.schema}.effects (id text)`);
    let rung = 0;
    store.desk.watch(() => rung++);
    const workers = Array.from({ length: 24 }, (_, worker) => run(worker));
    const counts: number[] = [];
    for (let kill = 0; kill < kills; kill++) {
      await pause(400 + Math.random() * 400);
      counts.push(acknowledged.size);
      await server.kill();
      await server.restart();
      const before = acknowledged.size;
      await eventually('the work goes on', () => acknowledged.size > before + 5, 20_000);
    }
    ending = true;
    await Promise.all(workers);
    expect(failures.length).toBeGreaterThan(0); // the faults were real
    expect(rung).toBeGreaterThan(0);
    expect(counts.every((count) => count > 0)).toBe(true);
    const { rows } = await place.pool.query(
      `SELECT s.id, s.status, count(j.seq)::int AS entries FROM ${place.schema}.sagas s JOIN ${place.schema}.saga_journal j ON j.saga_id = s.id GROUP BY s.id, s.status`,
    );
    expect(rows.length).toBe(acknowledged.size);
    for (const { id, status, entries } of rows) expect([id, entries, status]).toEqual([id, acknowledged.get(String(id)), 'completed']);
    expect((await place.pool.query(`SELECT 1 FROM ${place.schema}.saga_outbox`)).rows.length).toBe(acknowledged.size * 3);
    const effects = [...acknowledged.keys()].filter((id) => Number(id.split('-')[1]) % 5 === 4);
    expect((await place.pool.query(`SELECT 1 FROM ${place.schema}.effects`)).rows.length).toBe(effects.length);
    expect((await place.pool.query(`SELECT 1 FROM ${place.schema}.saga_locks`)).rows.length).toBe(0);
  });

  it('control: where the server acknowledges before it has written, as `open` warns, the same death loses what was acknowledged', async () => {
    const hasty = await startPostgres(['synchronous_commit=off', 'wal_writer_delay=10s']);
    try {
      const there = await postgresPlace(hasty.url);
      const store = await there.store();
      await there.pool.query('CHECKPOINT'); // the tables are on the disk
      for (let nth = 0; nth < 20; nth++) await store.create(newSaga(`s${nth}`));
      await hasty.kill();
      await hasty.restart();
      const kept = await eventually('it is back', () => store.desk.list({ limit: 100 }));
      expect(kept.items.length).toBeLessThan(20);
      await there.drop();
    } finally {
      await hasty.stop();
    }
  });

  it.each([
    ['is mute', { toClient: { blackHole: true }, connect: 'half-open' }],
    ['swallows what it is told', { toTarget: { blackHole: true }, connect: 'half-open' }],
    ['resets what it is asked after the fact', { cutAfterRequest: true, ending: 'reset' }],
  ] as const)('refuses in time while the server %s, never hangs, and is well again afterwards', async (_, faults) => {
    const proxy = await tcpFaultProxy({ target: { port: server.port } });
    const url = server.url.replace(String(server.port), String(proxy.port));
    const store = await place.store({ url, commandTimeout: '1500ms' });
    const mine = await held(store, 'a');
    let rung = 0;
    store.desk.watch(() => rung++);
    await proxy.change(faults);
    const begun = performance.now();
    const asked: readonly [string, Promise<unknown>][] = [
      ['checkpoint', store.checkpoint(by('one', mine, { entries: [entry(2, 'done')] }))],
      ['statements', store.checkpoint(by('one', mine, { entries: [entry(2, 'done')], statements: [{ sql: 'SELECT 1', values: [] }] }))],
      ['create', store.create(newSaga('b'))],
      ['create with a key', store.create(newSaga('c', { lockKey: 'k' }))],
      ['claim', store.claim({ worker: 'one', leaseMs: long, max: 1, known: [{ saga: 'trip', fingerprint: 'f1' }] })],
      ['renew', store.renew('one', [mine], long)],
      ['load', store.desk.load('a')],
      ['take', store.outbox.take('one', long, 1)],
    ];
    const ends = await Promise.allSettled(asked.map(([, each]) => each));
    for (const [index, end] of ends.entries())
      expect([asked[index]?.[0], end.status === 'rejected' && end.reason.code]).toEqual([asked[index]?.[0], 'STORE_UNAVAILABLE']);
    expect(performance.now() - begun).toBeLessThan(12_000); // a few times the patience, on a busy machine
    await proxy.heal();
    await eventually('it can be written to again', () =>
      store.checkpoint(by('one', mine, { entries: [entry(2, 'done')] })).then(() => true),
    );
    expect((await loaded(store, 'a')).entries.length).toBe(2);
    const before = rung;
    const other = await place.store();
    await eventually(
      'it hears others again',
      async () => {
        await other.create(newSaga(`d${Math.random()}`));
        return rung > before;
      },
      20_000,
      100,
    );
    await proxy.change(faults);
    await store.close(); // also from a server that does not answer
    await proxy.close();
  });

  it('wakes the store of another process soon, and one that was cut off when it is back', async () => {
    const child = spawn(process.execPath, ['--conditions=@tutti/source', watcher, server.url, place.schema], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    try {
      let heard = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        heard += text;
      });
      const store: SagaStore = await place.store();
      await eventually('it watches', () => heard.includes('watches'), 20_000);
      await store.create(newSaga('a'));
      await eventually('it heard of the new saga', () => heard.includes('rung'));
      heard = '';
      await place.pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND (query LIKE 'LISTEN%' OR query LIKE '%pg_notify%')`,
      );
      await eventually('it rings when it listens again', () => heard.includes('rung'));
    } finally {
      child.stdin.end();
      await once(child, 'exit');
    }
    expect(child.exitCode).toBe(0);
  });
});
