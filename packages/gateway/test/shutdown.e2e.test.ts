import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import type { GatewayLimits } from '../src/index.ts';
import { httpServer } from './set-up.ts';
import { startGateway } from './start-gateway.ts';

const perSecond = 200;

interface Ending {
  readonly answered: number;
  /** What became of requests that got no whole answer. */
  readonly failures: readonly string[];
  readonly exitCode: number | null;
}

/** Sends 200 requests a second over connections that are kept, as a load balancer would that asks for readiness, and ends the process meanwhile. */
async function endUnderLoad(limits: GatewayLimits): Promise<Ending> {
  const upstream = await httpServer((_request, response) => void setTimeout(() => response.end('ok'), 20));
  const { child, port } = await startGateway(upstream, limits);
  const exited = once(child, 'exit');
  const agent = new Agent({ keepAlive: true, maxSockets: 50 });
  const get = (path: string, through: Agent | false): Promise<number> =>
    new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, path, agent: through }, (response) => {
        response
          .on('error', reject)
          .on('end', () => resolve(response.statusCode ?? 0))
          .resume();
      });
      sent.on('error', reject).end();
    });

  const failures: string[] = [];
  let [answered, isReady, isStopping] = [0, true, false];
  const underWay: Promise<void>[] = [];
  const begunAt = performance.now();
  const asking = (async () => {
    while (isReady) {
      await pause(100);
      isReady = await get('/readyz', false).then(
        (status) => status === 200,
        () => false,
      );
    }
  })();
  for (let sent = 0; isReady; sent++) {
    await pause(Math.max(0, begunAt + (sent * 1_000) / perSecond - performance.now()));
    underWay.push(
      get('/', agent).then(
        (status) => void (status === 200 ? answered++ : failures.push(String(status))),
        (error: NodeJS.ErrnoException) => void failures.push(error.code ?? error.message),
      ),
    );
    if (!isStopping && answered > perSecond) {
      isStopping = true;
      child.kill('SIGTERM');
    }
  }
  await asking;
  await Promise.all(underWay);
  const [exitCode] = await exited;
  agent.destroy();
  return { answered, failures, exitCode };
}

describe('SIGTERM at 200 requests a second over connections that are kept', () => {
  it('resets none and refuses none, when whoever sends is told in time', async () => {
    const { answered, failures, exitCode } = await endUnderLoad({ lameDuck: '1s', drainTimeout: '10s' });
    expect(failures).toEqual([]);
    expect(answered).toBeGreaterThan(perSecond);
    expect(exitCode).toBe(0);
  });

  it('would be seen to break requests off, by a gateway that closes at once', async () => {
    const { failures } = await endUnderLoad({ lameDuck: '0ms', drainTimeout: '0ms' });
    expect(failures.length).toBeGreaterThan(0);
  });
});

it('a gateway says where it is asked that it is ready, and no longer when it stops', async () => {
  const upstream = await httpServer((_request, response) => response.end('ok'));
  const { child, port } = await startGateway(upstream, { lameDuck: '2s' });
  const url = `http://127.0.0.1:${port}`;
  expect(await (await fetch(`${url}/readyz`)).text()).toBe('ready');
  child.kill('SIGTERM');
  await eventually('it is not ready', async () => (await fetch(`${url}/readyz`)).status === 503);
  expect((await fetch(url)).status).toBe(200);
});
