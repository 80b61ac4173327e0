import { memoryRateLimiter } from '@tutti/core';
import { describe, expect, it } from 'vitest';
import { headerLines } from './raw-sockets.ts';
import { rawClient, rawServer, stage } from './set-up.ts';

const route = { path: '/', methods: ['GET'], serviceName: 's', public: true } as const;
const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

describe('proxies in front', () => {
  async function forwarding(headers: string, trustedProxies: readonly string[]): Promise<string[]> {
    const server = await rawServer((socket) => socket.write(ok));
    const { gateway, upstreams, open } = stage({ trustedProxies });
    upstreams.add('s', server.port);
    gateway.addRoute(route);
    await rawClient((await open()).port)
      .send(`GET / HTTP/1.1\r\nHost: h\r\n${headers}\r\n`)
      .until('ok');
    return headerLines(server.received[0] ?? '').filter((line) => /forwarded|real-ip/.test(line));
  }
  const chain =
    'X-Forwarded-For: 6.6.6.6, 198.51.100.7\r\nX-Forwarded-For: 10.0.0.1, 10.0.0.2\r\nX-Forwarded-Proto: https\r\nX-Real-IP: 6.6.6.6\r\n';

  it('are heard as far as they are trusted, and the service reads who the client is at the left', async () => {
    expect(await forwarding(chain, ['127.0.0.1', '10.0.0.0/8'])).toEqual([
      'x-forwarded-for: 198.51.100.7, 10.0.0.1, 10.0.0.2, 127.0.0.1',
      'x-forwarded-host: h',
      'x-forwarded-proto: https',
    ]);
  });

  it('that are not trusted tell the service nothing', async () => {
    expect(await forwarding(chain, ['10.0.0.0/8'])).toEqual([
      'x-forwarded-for: 127.0.0.1',
      'x-forwarded-host: h',
      'x-forwarded-proto: http',
    ]);
  });

  it('do not share one bucket of a limit, and nobody leaves his own by what he writes', async () => {
    const server = await rawServer((socket) => socket.write(ok));
    const { gateway, upstreams, open } = stage({ trustedProxies: ['127.0.0.1'], rateLimiter: memoryRateLimiter() });
    upstreams.add('s', server.port);
    gateway.addRoute({ ...route, rateLimit: { tokens: 1, refillRate: 0.001 } });
    const { port } = await open();
    const status = async (forwardedFor: string): Promise<string> =>
      (
        await rawClient(port)
          .send(`GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: ${forwardedFor}\r\n\r\n`)
          .until(/\r\n\r\n/)
      ).slice(9, 12);
    expect(await status('198.51.100.7')).toBe('200');
    expect(await status('198.51.100.8')).toBe('200');
    expect(await status('198.51.100.7')).toBe('429');
    expect(await status('1.1.1.1, 198.51.100.7')).toBe('429');
  });

  it.each([
    [{ trustedProxies: ['10.0.0.1/8'] }, 'gateway.trustedProxies[0]'],
    [{ trustedProxies: ['proxy.example'] }, 'gateway.trustedProxies[0]'],
    [{ forwardedBy: 'x-real-ip' as 'forwarded' }, 'gateway.forwardedBy'],
  ])('are refused when they are none: %j', (options, path) => {
    expect(() => stage(options)).toThrow(expect.objectContaining({ details: expect.objectContaining({ path }) }));
  });
});
