import { defaultRuntime, silentLogger } from '@tutti/core';
import { redisConnection, redisRateLimiter } from '@tutti/core/redis';
import { eventually } from '@tutti/core/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeWith } from '../../../../tools/services/needs.ts';
import { type RedisServer, startRedis } from '../../../../tools/services/redis.ts';
import type { LimitingOptions } from '../../src/index.ts';
import { httpServer, stage } from '../set-up.ts';

const runtime = { ...defaultRuntime, logger: silentLogger };
const limit = { tokens: 1_000_000, refillRate: 1_000 };

describeWith('redis-server', 'a gateway whose Redis', () => {
  let server: RedisServer;
  const open: { stop(): Promise<void> }[] = [];

  beforeEach(async () => {
    server = await startRedis();
    open.push(server);
  }, 30_000);
  afterEach(async () => {
    for (const one of open.splice(0).toReversed()) await one.stop();
  });

  async function gatewayWith(limiting: LimitingOptions) {
    const connection = redisConnection({ url: server.url, runtime, commandTimeout: '2s' });
    await connection.start();
    open.push(connection);
    const { gateway, upstreams } = stage({ runtime, rateLimiter: redisRateLimiter({ connection }), limiting });
    upstreams.add('s', await httpServer((_request, response) => response.end('let in')));
    gateway.addRoute({ path: '/', methods: ['GET'], serviceName: 's', public: true, rateLimit: limit });
    const ask = async (): Promise<{ readonly status: number; readonly tookMs: number }> => {
      const beganAt = performance.now();
      const { status } = await gateway.handleRequest({ method: 'GET', path: '/', clientAddress: '192.0.2.1' });
      return { status, tookMs: performance.now() - beganAt };
    };
    await eventually('the limiter answers', async () => (await ask()).status === 200 && (await ask()).status === 200);
    return ask;
  }

  /** Requests one after the other for more than the pause, so that it is asked again in between. */
  async function askedFor(ask: () => Promise<{ readonly status: number; readonly tookMs: number }>, ms: number) {
    const statuses = new Set<number>();
    const took: number[] = [];
    const endsAt = performance.now() + ms;
    while (performance.now() < endsAt) {
      const { status, tookMs } = await ask();
      statuses.add(status);
      took.push(tookMs);
    }
    took.sort((a, b) => a - b);
    return { statuses: [...statuses], median: took[took.length >> 1] ?? Number.NaN, slowest: took.at(-1) ?? Number.NaN };
  }

  it.each([
    ['is killed', 'refuse', 503],
    ['is killed', 'admit', 200],
    ['is killed', 'local', 200],
    ['stands still', 'refuse', 503],
    ['stands still', 'admit', 200],
    ['stands still', 'local', 200],
  ] as const)('%s answers at once by its mode: %s (G13)', async (fault, onUnavailable, status) => {
    const ask = await gatewayWith({ onUnavailable, nodes: 2, pause: '300ms' });
    if (fault === 'is killed') await server.kill();
    else server.signal('SIGSTOP');
    const { statuses, median, slowest } = await askedFor(ask, 1_500);
    expect(statuses).toEqual([status]);
    expect(median).toBeLessThan(50);
    expect(slowest).toBeLessThan(1_000); // the patience is 40 ms, and the machine may be busy
  });

  it('comes back is asked again', async () => {
    const ask = await gatewayWith({ pause: '100ms' });
    server.signal('SIGSTOP');
    expect((await ask()).status).toBe(503);
    server.signal('SIGCONT');
    await eventually('requests are let in again', async () => (await ask()).status === 200);
  });

  it('stands still makes everybody wait for it with endless patience (control)', async () => {
    const ask = await gatewayWith({ patience: '1h', pause: '300ms' });
    server.signal('SIGSTOP');
    expect((await ask()).tookMs).toBeGreaterThan(1_500); // as long as the connection waits for an answer
  });
});
