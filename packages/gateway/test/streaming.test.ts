import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { httpServer, stage } from './set-up.ts';

const route = { path: '/', methods: ['GET', 'POST'], serviceName: 's', public: true } as const;
const mebibyte = 1_048_576;

describe('streams', () => {
  it('arrive piece by piece, not when they are whole', async () => {
    let send = (_piece: string): void => {};
    const port = await httpServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      send = (piece) => response.write(piece);
    });
    const { gateway, upstreams, open } = stage();
    upstreams.add('s', port);
    gateway.addRoute(route);
    const response = await fetch((await open()).url);
    const reader = response.body?.getReader();
    for (const event of ['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n']) {
      send(event);
      expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe(event);
    }
    await reader?.cancel();
  });

  it('wait for a client that does not read: the service is not drained into memory', { timeout: 30_000 }, async () => {
    let produced = 0;
    let stalled = false;
    const port = await httpServer((_request, response) => {
      const chunk = Buffer.alloc(65_536);
      const more = (): void => {
        while (produced < 256 * mebibyte) {
          produced += chunk.length;
          if (!response.write(chunk)) {
            stalled = true;
            response.once('drain', () => {
              stalled = false;
              more();
            });
            return;
          }
        }
        response.end();
      };
      more();
    });
    const { gateway, upstreams, open } = stage();
    upstreams.add('s', port);
    gateway.addRoute(route);
    const door = await open();
    const client = connect(door.port, '127.0.0.1');
    client.pause();
    client.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    await steady(() => produced);
    expect(stalled).toBe(true);
    expect(produced).toBeLessThan(32 * mebibyte);
    const before = produced;
    let received = 0;
    client
      .on('data', (chunk) => {
        received += chunk.length;
      })
      .resume();
    await eventually('it goes on when the client reads', () => received > before + 16 * mebibyte);
    client.destroy();
    await eventually('it ends when the client has gone', () => upstreams.outcomes.length === 1);
    expect(upstreams.outcomes).toMatchObject([{ kind: 'cancelled' }]);
  });

  it('wait for a service that does not read: an upload is not taken into memory', { timeout: 60_000 }, async () => {
    let resume = (): void => {};
    let taken = 0;
    const port = await httpServer((message, response) => {
      message.pause();
      resume = () => {
        message
          .on('data', (chunk) => {
            taken += chunk.length;
          })
          .on('end', () => response.end(String(taken)))
          .resume();
      };
    });
    const { gateway, upstreams, open } = stage({ limits: { maxBodyBytes: 1_024 * mebibyte } });
    upstreams.add('s', port);
    gateway.addRoute({ ...route, timeout: '1m' });
    const door = await open();
    const total = 256 * mebibyte;
    const upload = request({ host: '127.0.0.1', port: door.port, method: 'POST', path: '/', headers: { 'content-length': String(total) } });
    const answered = once(upload, 'response');
    let sent = 0;
    const chunk = Buffer.alloc(262_144);
    const more = (): void => {
      while (sent < total) {
        sent += chunk.length;
        if (!upload.write(chunk)) {
          upload.once('drain', more);
          return;
        }
      }
      upload.end();
    };
    more();
    await steady(() => sent);
    const memory = process.memoryUsage().rss;
    expect(sent).toBeLessThan(64 * mebibyte);
    resume();
    let peak = memory;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 10);
    const [response] = await answered;
    clearInterval(watch);
    expect((await response.toArray()).join('')).toBe(String(total));
    expect(peak - memory).toBeLessThan(total / 2);
  });
});

/** Waits until a count has not grown for a quarter of a second. */
async function steady(count: () => number): Promise<void> {
  let last = -1;
  await eventually('it stands still', async () => {
    const now = count();
    const same = now === last && now > 0;
    last = now;
    if (!same) await pause(250);
    return same;
  });
}
