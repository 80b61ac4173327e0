import { admission } from '@tutti/core';
import { eventually } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { rawServer, stage } from './set-up.ts';

const route = { path: '/', methods: ['GET'], serviceName: 's', public: true } as const;
const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

describe('requests that are more than can be served', () => {
  it('wait for a place, and are turned away with 503 and a time when there is no room to wait', async () => {
    const answer: (() => void)[] = [];
    const server = await rawServer((socket) => void answer.push(() => socket.write(ok)));
    const { gateway, upstreams } = stage({ admission: admission({ operation: 'gateway', limit: 1, queue: 1 }) });
    upstreams.add('s', server.port);
    gateway.addRoute(route);
    const ask = () => gateway.handleRequest({ method: 'GET', path: '/' });
    const first = ask();
    await eventually('the service has the first', () => answer.length === 1);
    const second = ask();
    const refused = await ask();
    expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': expect.stringMatching(/^\d+$/) } });
    expect(JSON.parse(Buffer.from(refused.body).toString())).toMatchObject({ code: 'OVERLOADED' });
    expect(answer).toHaveLength(1);
    answer[0]?.();
    await eventually('the service has the second', () => answer.length === 2);
    answer[1]?.();
    expect([(await first).status, (await second).status]).toEqual([200, 200]);
  });

  it('are turned away when this thread has no time, a share of them, until it has', { timeout: 60_000 }, async () => {
    const server = await rawServer((socket) => void socket.write(ok));
    const { gateway, upstreams } = stage({ limits: { maxLoopDelay: '20ms' } });
    upstreams.add('s', server.port);
    gateway.addRoute(route);
    await gateway.start();
    const busy = setInterval(() => {
      const until = performance.now() + 100;
      while (performance.now() < until) {}
    }, 1);
    const ask = () => gateway.handleRequest({ method: 'GET', path: '/' });
    const refused = await eventually('one is turned away', async () => ((await ask()).status === 503 ? ask() : false), 30_000).finally(() =>
      clearInterval(busy),
    );
    expect([200, 503]).toContain(refused.status);
    await eventually(
      'all are served again',
      async () => (await Promise.all(Array.from({ length: 20 }, ask))).every(({ status }) => status === 200),
      30_000,
    );
  });
});
