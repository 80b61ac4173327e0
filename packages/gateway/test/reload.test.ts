import { Agent, request as httpRequest } from 'node:http';
import { memoryRateLimiter } from '@tutti/core';
import { testRuntime } from '@tutti/core/testing';
import { expect, it, onTestFinished } from 'vitest';
import type { RouteRule } from '../src/index.ts';
import { httpServer, stage } from './set-up.ts';

const reloads = 100;

function get(agent: Agent, port: number, path: string): Promise<number | string> {
  return new Promise((resolve) => {
    const request = httpRequest({ host: '127.0.0.1', port, path, agent }, (response) => {
      response
        .resume()
        .on('end', () => resolve(response.statusCode ?? 0))
        .on('error', (error) => resolve(error.message));
    });
    request.on('error', (error) => resolve(error.message)).end();
  });
}

/** Asks over eight connections for as long as routes are changed, a hundred times; returns how often each answer came. */
async function underLoad(change: (set: (rules: readonly RouteRule[]) => void, turn: number) => Promise<void>) {
  const { gateway, upstreams, open } = stage({ rateLimiter: memoryRateLimiter({ runtime: testRuntime() }) });
  upstreams.add('s', await httpServer((request, response) => setTimeout(() => response.end(request.url), 2)));
  await change((rules) => gateway.setRoutes(rules), 0);
  const { port } = await open();
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  onTestFinished(() => agent.destroy());
  const answers = new Map<string, number>();
  let isOver = false;
  const ask = async (path: string): Promise<void> => {
    while (!isOver) {
      const answer = `${path} ${await get(agent, port, path)}`;
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    }
  };
  const asking = Promise.all([...Array(6).fill('/a/x'), '/limited', '/limited'].map(ask));
  for (let turn = 1; turn <= reloads; turn++) {
    await change((rules) => gateway.setRoutes(rules), turn);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  isOver = true;
  await asking;
  return answers;
}

/** Every turn, `/a` has another rule and other neighbours, and `/limited` another limit of as many tokens. */
function rules(turn: number): readonly RouteRule[] {
  const neighbours = Array.from({ length: turn % 7 }, (_, index) => ({ path: `/n${index}`, serviceName: 's', public: true }));
  const limited: RouteRule = {
    id: 'limited',
    path: '/limited',
    serviceName: 's',
    public: true,
    timeout: `${10 + (turn % 2)}s`,
    rateLimit: { tokens: 20, refillRate: 0.001 },
  };
  return [...neighbours, limited, { id: 'a', path: turn % 2 ? '/' : '/a', serviceName: 's', public: true, timeout: `${10 + turn}s` }];
}

it('changes all routes a hundred times under load without a failed request, and forgets no token', async () => {
  const answers = await underLoad(async (set, turn) => set(rules(turn)));
  const { '/a/x 200': good = 0, '/limited 200': let_in = 0, '/limited 429': refused = 0, ...others } = Object.fromEntries(answers);
  expect(others).toEqual({});
  expect(good).toBeGreaterThan(reloads);
  expect([let_in, refused > 0]).toEqual([20, true]);
});

it('would fail requests if the old routes went before the new ones came', async () => {
  const answers = await underLoad(async (set, turn) => {
    set([]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    set(rules(turn));
  });
  expect(answers.get('/a/x 404')).toBeGreaterThan(0);
});

it('ends a request by the routes that it began with', async () => {
  const arrived = Promise.withResolvers<() => void>();
  const { gateway, upstreams } = stage();
  upstreams.add('s', await httpServer((_request, response) => arrived.resolve(() => response.end('old'))));
  gateway.setRoutes([{ path: '/a', serviceName: 's', public: true }]);
  const answer = gateway.handleRequest({ method: 'GET', path: '/a' });
  const finish = await arrived.promise;
  gateway.setRoutes([]);
  finish();
  expect(Buffer.from((await answer).body).toString()).toBe('old');
  expect((await gateway.handleRequest({ method: 'GET', path: '/a' })).status).toBe(404);
});

it('leaves everything as it was when one of the new routes is wrong', async () => {
  const { gateway, upstreams } = stage();
  upstreams.add('s', await httpServer((_request, response) => response.end()));
  gateway.setRoutes([{ path: '/a', serviceName: 's', public: true }]);
  const wrong = [{ path: '/b', serviceName: 's', public: true }, { path: '/c', serviceName: 's', publik: true } as unknown as RouteRule];
  expect(() => gateway.setRoutes(wrong)).toThrowError(
    expect.objectContaining({ code: 'INVALID_OPTIONS', details: expect.objectContaining({ path: 'routes[1].publik' }) }),
  );
  const status = async (path: string) => (await gateway.handleRequest({ method: 'GET', path })).status;
  expect([await status('/a'), await status('/b')]).toEqual([200, 404]);
});
