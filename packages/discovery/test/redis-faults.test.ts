import { randomUUID } from 'node:crypto';
import { type RedisConnection, redisConnection } from '@tutti/core/redis';
import { eventually, type Law, testRuntime } from '@tutti/core/testing';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../../../tools/services/needs.ts';
import { type RedisServer, startRedis } from '../../../tools/services/redis.ts';
import { type RedisBackendOptions, redisBackend } from '../src/adapters/redis.ts';
import type { DiscoveryBackend } from '../src/index.ts';
import { endpointOf } from '../src/testing/endpoint-of.ts';
import { type BackendSubject, leaseLaws, registryWatch } from '../src/testing/index.ts';
import { quiet, type Rewrite, subjectOnTestClock, withClock } from './redis-registry.ts';

const long = 600_000;

const lawOf = (id: string): Law<BackendSubject> => leaseLaws.find((law) => law.id === id) as Law<BackendSubject>;

describeWith('redis-server', 'endpoints in Redis', () => {
  let server: RedisServer;
  let connection: RedisConnection;
  const backends: DiscoveryBackend[] = [];
  beforeAll(async () => {
    server = await startRedis();
    connection = redisConnection({ url: server.url, runtime: quiet });
    await connection.start();
  });
  afterEach(async () => {
    await Promise.all(backends.splice(0).map((backend) => backend.close()));
  });
  afterAll(async () => {
    await connection.stop();
    await server.stop();
  });

  function opened(options: RedisBackendOptions): DiscoveryBackend {
    const backend = redisBackend({ runtime: quiet, ...options });
    backends.push(backend);
    return backend;
  }

  const withoutComparison: Rewrite = (script) => script.replace("if held ~= incarnation then return 'replaced' end", '');

  it.each(['DI-7', 'DI-8', 'DI-9'])('keep law %s by comparing incarnations: without that (control) it is broken', async (id) => {
    const compared = subjectOnTestClock(connection);
    await lawOf(id).run(compared);
    await compared.dispose?.();
    const careless = subjectOnTestClock(connection, withoutComparison);
    await expect(lawOf(id).run(careless)).rejects.toThrow();
    await careless.dispose?.();
  });

  /** Two connections to one place: whoever hears through this one does not hear the bell. */
  const deaf = (keyPrefix: string): RedisConnection =>
    Object.create(connection, { keyPrefix: { value: keyPrefix }, subscribe: { value: () => () => {} } });

  it('are heard of by looking now and then where the bell was not heard, and not without (control)', async () => {
    const keyPrefix = `${randomUUID()}:`;
    const writer = opened({ url: server.url, keyPrefix });
    await using looking = registryWatch(opened({ connection: deaf(keyPrefix), lookEvery: '200ms' }));
    await using trusting = registryWatch(opened({ connection: deaf(keyPrefix), lookEvery: '1h' }));
    await eventually('both snapshots', () => looking.heard.length + trusting.heard.length === 2);
    await writer.put(endpointOf('a', '1'), long);
    await writer.put(endpointOf('b', '1'), long);
    await writer.remove(endpointOf('a', '1'));
    await eventually('the news', () => looking.lives.join() === 'b#1:ready');
    expect(trusting.lives).toEqual([]);
  });

  it('tell who left from who was lost', async () => {
    const keyPrefix = `${randomUUID()}:`;
    const writer = opened({ url: server.url, keyPrefix });
    const ends: string[] = [];
    const listening = new AbortController();
    const begun = Promise.withResolvers<void>();
    const watching = opened({ url: server.url, keyPrefix, sweepInterval: '50ms' }).watch(
      'voice',
      (change) => {
        if (change.kind === 'snapshot') begun.resolve();
        if (change.kind === 'remove') ends.push(`${change.endpoint.incarnation} ${change.farewell ?? 'lost'}`);
      },
      listening.signal,
    );
    await begun.promise;
    await writer.put(endpointOf('left', '1'), long);
    await writer.put(endpointOf('lost', '1'), 300);
    await writer.put(endpointOf('both', '1'), long);
    await eventually('all of them there', async () => (await writer.renew([endpointOf('both', '1')], long))[0] === 'ready');
    await writer.remove(endpointOf('left', '1'));
    await writer.remove(endpointOf('both', '1'));
    await writer.put(endpointOf('both', '2'), 300);
    await eventually('the ends of all three', () =>
      ['left#1', 'lost#1', 'both#2'].every((life) => ends.some((end) => end.startsWith(life))),
    );
    listening.abort();
    await watching;
    expect(ends.filter((end) => !end.startsWith('both#1')).toSorted()).toEqual(['both#2 lost', 'left#1 true', 'lost#1 lost']);
  });

  it('cannot be followed over a connection that its host has not started', async () => {
    const idle = redisConnection({ url: server.url, runtime: quiet });
    await expect(registryWatch(opened({ connection: idle })).ended).rejects.toMatchObject({ code: 'NOT_RUNNING' });
  });

  it('are written in order while the server forgets its scripts', async () => {
    const keyPrefix = `${randomUUID()}:`;
    const backend = opened({ url: server.url, keyPrefix });
    await backend.put(endpointOf('a', '0'), long);
    for (let round = 1; round <= 50; round++) {
      const [old, young] = [endpointOf('a', `old${round}`), endpointOf('a', `young${round}`)];
      const writes = [backend.put(old, long), connection.command('SCRIPT', 'FLUSH', 'SYNC'), backend.mark(old, 'draining')];
      await Promise.resolve();
      writes.push(backend.put(young, long), backend.mark(young, 'unhealthy'));
      await Promise.all(writes);
      expect(await backend.renew([old, young], long)).toEqual(['replaced', 'unhealthy']);
    }
  });

  it('last no longer than their leases when the clock of the server was set back', async () => {
    const runtime = testRuntime();
    let setBackMs = 0;
    const timed = withClock(connection, `${randomUUID()}:`, () => runtime.clock.epoch() - setBackMs);
    const backend = opened({ connection: timed, runtime });
    await backend.put(endpointOf('a', '1'), 10_000);
    await using watch = registryWatch(backend);
    const passed = async (ms: number): Promise<void> => {
      for (let step = 0; step < ms; step += 500) {
        await runtime.clock.advance(500);
        await timed.settled();
      }
    };
    await eventually('the snapshot', () => watch.heard.length > 0);
    setBackMs = 3_600_000;
    await passed(9_000);
    expect(watch.heard).toEqual(['snapshot:1']);
    await passed(10_000);
    expect(watch.heard).toEqual(['snapshot:1', 'remove:a#1']);
  });

  it('that nobody keeps or follows any more go away by themselves', async () => {
    const keyPrefix = `${randomUUID()}:`;
    const backend = opened({ url: server.url, keyPrefix });
    await backend.put(endpointOf('a', '1'), 60_000);
    await backend.put(endpointOf('b', '1'), 5_000);
    for (const part of ['lives', 'ends', 'log']) {
      const leftMs = Number(await connection.command('PTTL', `${keyPrefix}discovery:{voice}:${part}`));
      expect(leftMs).toBeGreaterThan(3_600_000);
      expect(leftMs).toBeLessThan(3 * 3_600_000);
    }
  });

  it('are read whole when more has changed than the log holds', async () => {
    const keyPrefix = `${randomUUID()}:`;
    const writer = opened({ url: server.url, keyPrefix });
    await using watch = registryWatch(opened({ connection: deaf(keyPrefix), lookEvery: '300ms' }));
    await eventually('the snapshot', () => watch.heard.length > 0);
    await writer.put(endpointOf('first', '1'), long);
    await eventually('the first', () => watch.lives.length === 1);
    const lives = Array.from({ length: 1_500 }, (_none, index) => endpointOf(`i${index}`, '1'));
    await Promise.all(lives.map((life) => writer.put(life, long)));
    await writer.remove(endpointOf('first', '1'));
    await Promise.all(lives.map((life, index) => index % 2 === 0 && writer.remove(life)));
    await eventually('all of it', () => watch.lives.length === 750);
    expect(Number(await connection.command('XLEN', `${keyPrefix}discovery:{voice}:log`))).toBeLessThan(1_200);
  });

  it('are not kept where the server may throw them away', async () => {
    const forgetful = await startRedis(['--maxmemory', '50mb', '--maxmemory-policy', 'allkeys-lru']);
    try {
      await expect(opened({ url: forgetful.url }).put(endpointOf('a', '1'), long)).rejects.toMatchObject({
        code: 'STORE_UNSUPPORTED',
        details: { problem: expect.stringContaining('maxmemory-policy is allkeys-lru, so it may throw endpoints away') },
      });
    } finally {
      await forgetful.stop();
    }
  });

  it('are followed on when the memory of the server is full, and nothing is written', async () => {
    const full = await startRedis();
    try {
      const admin = redisConnection({ url: full.url, runtime: quiet });
      await admin.start();
      const backend = opened({ url: full.url, sweepInterval: '100ms' });
      await backend.put(endpointOf('a', '1'), 1_500);
      await using watch = registryWatch(backend);
      await eventually('the snapshot', () => watch.lives.length === 1);
      await admin.command('CONFIG', 'SET', 'maxmemory', '1');
      await expect(backend.put(endpointOf('b', '1'), long)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      await eventually('the end of the lease', () => watch.lives.length === 0);
      await admin.stop();
    } finally {
      await full.stop();
    }
  });
});
