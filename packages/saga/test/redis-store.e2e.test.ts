import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { defaultRuntime, silentLogger, TuttiError } from '@tutti/core';
import { eventually, tcpFaultProxy } from '@tutti/core/testing';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../../../tools/services/needs.ts';
import { type RedisServer, startRedis } from '../../../tools/services/redis.ts';
import { type RedisStoreOptions, redisStore } from '../src/adapters/redis.ts';
import type { Checkpoint, SagaStore } from '../src/store/saga-store.ts';
import { by, claim, claimOne, entry, event, held, loaded, long, newSaga } from '../src/testing/saga-store-subject.ts';

const runtime = { ...defaultRuntime, logger: silentLogger };

describeWith('redis-server', 'sagas in a Redis that is killed, and over lines that are cut', () => {
  let server: RedisServer;
  const stores: SagaStore[] = [];
  beforeAll(async () => {
    server = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always']);
  });
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
  });
  afterAll(() => server.stop());

  async function opened(options: Partial<RedisStoreOptions> & { readonly name: string }): Promise<SagaStore> {
    const store = redisStore({ url: server.url, commandTimeout: '400ms', ...options });
    stores.push(store);
    await store.open(runtime);
    return store;
  }

  /** Until it is answered; what is refused was not held any more, which must not be. */
  async function stubbornly(store: SagaStore, checkpoint: Checkpoint, retried: () => void): Promise<void> {
    for (;;) {
      try {
        return await store.checkpoint(checkpoint);
      } catch (error) {
        if (!TuttiError.is(error, 'STORE_UNAVAILABLE')) throw error;
        retried();
        await pause(15);
      }
    }
  }

  /** One saga of five checkpoints after the other until `done`; gives what was acknowledged last of each, and how often something had to be written again. */
  async function load(store: SagaStore, worker: string, done: () => boolean, acknowledged: Map<string, number>): Promise<number> {
    let again = 0;
    const retried = (): void => void again++;
    for (let nth = 0; !done(); nth++) {
      const id = `${worker}-${nth}`;
      const made = await store.create(newSaga(id), { hold: { worker, leaseMs: long } }).catch(() => undefined);
      if (!made) {
        retried();
        await pause(15); // perhaps it is there, held by a start that nobody heard of: it is left, as a worker leaves it
        continue;
      }
      acknowledged.set(id, 1);
      for (let seq = 2; seq <= 6; seq++) {
        const last = seq === 6;
        const change = { name: 'outcome', entries: [entry(seq, last ? 'completed' : 'done')], events: [event(`${id}/${seq}`)] };
        await stubbornly(store, by(worker, { id, fence: 1 }, { ...change, ...(last && { status: 'completed' }) }), retried);
        acknowledged.set(id, seq);
      }
    }
    return again;
  }

  async function isWhole(store: SagaStore, acknowledged: ReadonlyMap<string, number>): Promise<void> {
    for (const [id, seq] of acknowledged) {
      const { entries, status, owner } = await loaded(store, id);
      expect([id, entries.map((each) => each.seq)]).toEqual([id, Array.from({ length: seq }, (_, index) => index + 1)]);
      if (seq === 6) expect([id, status, owner]).toEqual([id, 'completed', undefined]);
    }
    const events = await store.outbox.take('checker', long, 1_000_000);
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    expect(events.length).toBe([...acknowledged.values()].reduce((sum, seq) => sum + seq - 1, 0));
  }

  it('loses nothing that was acknowledged, and writes nothing twice, when the server is killed under load', async () => {
    const name = randomUUID();
    const two = [await opened({ name }), await opened({ name })];
    const acknowledged = new Map<string, number>();
    let over = false;
    const loads = two.flatMap((store, nth) =>
      Array.from({ length: 8 }, (_, worker) => load(store, `w${nth}.${worker}`, () => over, acknowledged)),
    );
    for (let round = 0; round < 2; round++) {
      const before = acknowledged.size;
      await eventually('sagas go on', () => acknowledged.size > before + 50, 15_000);
      await server.kill();
      await server.restart();
    }
    const before = acknowledged.size;
    await eventually('sagas go on', () => acknowledged.size > before + 20, 15_000);
    over = true;
    const again = await Promise.all(loads);
    expect(again.reduce((sum, each) => sum + each)).toBeGreaterThan(0);
    await isWhole(two[0] as SagaStore, acknowledged);
  });

  it('writes once what was written, whose answer was cut off, and is written again', async () => {
    await using proxy = await tcpFaultProxy({ target: { port: server.port } });
    const name = randomUUID();
    const store = await opened({ name, url: `redis://127.0.0.1:${proxy.port}` });
    const acknowledged = new Map<string, number>();
    let over = false;
    const loads = Array.from({ length: 8 }, (_, worker) => load(store, `w${worker}`, () => over, acknowledged));
    for (let cut = 0; cut < 6; cut++) {
      const before = acknowledged.size;
      await eventually('sagas go on', () => acknowledged.size > before + 5, 15_000);
      await proxy.change({ toClient: { blackHole: true } }); // what is written now is not answered
      await pause(20);
      proxy.end(cut % 2 ? 'reset' : 'cut');
      await proxy.heal();
    }
    over = true;
    const again = await Promise.all(loads);
    expect(again.reduce((sum, each) => sum + each)).toBeGreaterThan(0);
    await isWhole(store, acknowledged);
  });

  it('never gives a saga to two workers, however many stores claim', async () => {
    const name = randomUUID();
    const four = await Promise.all(Array.from({ length: 4 }, () => opened({ name })));
    const [first] = four as [SagaStore];
    const total = 400;
    const claims = new Map<string, string[]>();
    const finished = new Set<string>();
    const work = four.map(async (store, nth) => {
      const worker = `w${nth}`;
      while (finished.size < total) {
        const { sagas } = await claim(store, worker, { max: 7 });
        await Promise.all(
          sagas.map(async (saga) => {
            claims.set(saga.id, [...(claims.get(saga.id) ?? []), `${worker} ${saga.fence}`]);
            // every third is given back once, and has another holder then
            const back = saga.fence === 1 && saga.id.length % 3 === 0;
            await store.checkpoint(by(worker, saga, back ? { dueAt: 0 } : { name: 'finish', status: 'completed' }));
            if (!back) finished.add(saga.id);
          }),
        );
        if (sagas.length === 0) await pause(2);
      }
    });
    await Promise.all(Array.from({ length: total }, (_, nth) => first.create(newSaga(`s${'x'.repeat(nth % 5)}${nth}`))));
    await Promise.all(work);
    for (const [id, holders] of claims)
      expect([id, holders.map((each) => each.split(' ')[1])]).toEqual([id, id.length % 3 === 0 ? ['1', '2'] : ['1']]);
    expect(claims.size).toBe(total);
  });

  it('wakes who watches through another store, and again after each reconnection', async () => {
    await using proxy = await tcpFaultProxy({ target: { port: server.port } });
    const name = randomUUID();
    const [here, there] = [await opened({ name }), await opened({ name, url: `redis://127.0.0.1:${proxy.port}` })];
    let rung = 0;
    const stop = there.desk.watch(() => void rung++);
    await eventually('it hears the channel', () => rung > 0, 5_000);
    await pause(50);
    for (const [what, work] of [
      ['a new saga', () => here.create(newSaga('a'))],
      ['one that is over', async () => here.checkpoint(by('one', await claimOne(here, 'one'), { name: 'finish', status: 'completed' }))],
    ] as const) {
      const before = rung;
      await work();
      await eventually(`it is told of ${what}`, () => rung > before, 2_000);
      await pause(20);
    }
    const quiet = rung;
    const mine = await held(here, 'b');
    await here.checkpoint(by('one', mine, { entries: [entry(2, 'intent')] }));
    await pause(100);
    expect(rung).toBe(quiet); // what goes on with who holds it is nobody's business
    proxy.end('reset');
    await eventually('it rings when it hears again', () => rung > quiet, 5_000);
    stop();
  });
});
