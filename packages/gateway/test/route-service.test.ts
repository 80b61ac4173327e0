import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileConfigStore } from '@tutti/core/files';
import { eventually, testRuntime } from '@tutti/core/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { httpServer, rawServer, stage } from './set-up.ts';

/** A port on which nobody listens. */
async function nobody(): Promise<number> {
  const server = await rawServer(() => {});
  const { port } = server;
  await server.close();
  await new Promise((resolve) => connect(port, '127.0.0.1').on('error', resolve));
  return port;
}

describe('a route', () => {
  it('gives a service its time until the answer begins: 500 ms against a delay of 1 s is a 504 after 500 ms', async () => {
    const runtime = testRuntime();
    const { gateway, upstreams } = stage({ runtime });
    const arrived = Promise.withResolvers<void>();
    upstreams.add(
      's',
      await httpServer((_request, response) => {
        arrived.resolve();
        runtime.clock.after(1_000, () => response.end());
      }),
    );
    gateway.addRoute({ path: '/backend-timeout', serviceName: 's', public: true, timeout: '500ms' });
    let status = 0;
    const answer = gateway.handleRequest({ method: 'GET', path: '/backend-timeout?delay=1s' }).then((response) => {
      status = response.status;
    });
    await arrived.promise;
    await runtime.clock.advance(499);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(status).toBe(0);
    await runtime.clock.advance(1);
    await answer;
    expect(status).toBe(504);
    expect(upstreams.outcomes).toMatchObject([{ kind: 'failure', latencyMs: 500 }]);
  });

  it('says by what its instances are chosen, and how many are tried', async () => {
    const { gateway, upstreams } = stage();
    for (let each = 0; each < 4; each++) upstreams.add('s', await nobody());
    gateway.addRoute({ path: '/one', serviceName: 's', public: true, maxAttempts: 1, version: '1.2.0', tags: ['eu'] });
    gateway.addRoute({ path: '/two', serviceName: 's', public: true, maxAttempts: 2 });
    const headers = { host: 'h', cookie: 'session=1' };
    const tried = async (path: string): Promise<number> => {
      const before = upstreams.leased.length;
      expect((await gateway.handleRequest({ method: 'GET', path, headers })).status).toBe(503);
      return upstreams.leased.length - before;
    };
    expect([await tried('/one'), await tried('/two')]).toEqual([1, 2]);
    expect(upstreams.leased[0]?.hints).toMatchObject({ version: '1.2.0', tags: ['eu'], headers });
  });
});

it('follows routes that somebody writes into a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tutti-routes-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const config = fileConfigStore({ folder, lookEvery: '10ms' });
  await config.put('routes', [{ path: '/a', serviceName: 's', public: true }], 0, 'ada');
  const { gateway, upstreams } = stage({ config, routesKey: 'routes' });
  upstreams.add('s', await httpServer((_request, response) => response.end()));
  await gateway.start();
  const status = async (path: string) => (await gateway.handleRequest({ method: 'GET', path })).status;
  expect([await status('/a'), await status('/b')]).toEqual([200, 404]);
  await writeFile(join(folder, 'routes', '2.json'), JSON.stringify({ value: [{ path: '/b', serviceName: 's', public: true }] }));
  await eventually('the new routes are in force', async () => (await status('/b')) === 200);
  expect(await status('/a')).toBe(404);
});
