import { atFullSize, eventually } from '@tutti/core/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { describeWith } from '../../../../tools/services/needs.ts';
import type { WebServer } from '../../../../tools/services/web-server.ts';
import { APIGateway, type GatewayOptions } from '../../src/index.ts';
import { type BackEnd, startBackEnd } from './back-ends.ts';
import { corpus, type Payload } from './corpus.ts';
import { differences, sendAll } from './differences.ts';
import { RecordingLeaser } from './recording-leaser.ts';
import { verbatimProxy } from './verbatim-proxy.ts';

const all = corpus();
/** Every third, which are others than those of the next kind: the kinds do not have a length that three divides. */
const payloads: readonly Payload[] = atFullSize() ? all : all.filter((_payload, index) => index % 3 === 0);
const quietMs = 500;
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

async function backEnd(name: BackEnd): Promise<WebServer> {
  const server = await startBackEnd(name);
  onTestFinished(() => server.stop());
  return server;
}

/** Waits until the server writes nothing more down. */
async function seenBy(server: WebServer): Promise<readonly string[]> {
  let last = -1;
  await eventually('it has written down all', async () => {
    const now = server.requests().length;
    const same = now === last;
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 200));
    return same;
  });
  return server.requests();
}

function prove(name: BackEnd): void {
  it(`sees what the gateway sent, and nothing else, of ${payloads.length} payloads`, { timeout: 120_000 }, async () => {
    const server = await backEnd(name);
    const upstreams = new RecordingLeaser(server.port);
    const limits: GatewayOptions['limits'] = { lameDuck: '0ms', drainTimeout: '1s' };
    const gateway = new APIGateway({ upstreams, limits });
    onTestFinished(async () => {
      await gateway.stop();
      await upstreams.close();
    });
    gateway.addRoute({ path: '/', methods, serviceName: 's', public: true, upgrades: ['websocket'] });
    const { port } = await gateway.listen({ port: 0 });
    await sendAll(port, payloads, quietMs);
    const seen = await seenBy(server);
    expect(differences(seen, upstreams.sent, upstreams.answered)).toEqual([]);
    expect(upstreams.answered.length).toBeGreaterThan(payloads.length / 5); // it is not that nothing passes
    expect(upstreams.answered.length).toBeLessThan(payloads.length * 2);
  });

  it('sees something else when a proxy passes framing on as it came', { timeout: 120_000 }, async () => {
    const server = await backEnd(name);
    const proxy = await verbatimProxy(server.port);
    onTestFinished(() => proxy.close());
    await sendAll(proxy.port, payloads, quietMs);
    expect(differences(await seenBy(server), proxy.sent, []).length).toBeGreaterThan(5);
  });
}

it(`are ${all.length}, no two of them the same`, () => {
  expect(all.length).toBeGreaterThan(300);
  expect(new Set(all.map(({ bytes }) => bytes)).size).toBe(all.length);
});

describe('node:http behind the gateway', () => prove('node'));
for (const name of ['nginx', 'haproxy', 'apache2'] as const) describeWith(name, `${name} behind the gateway`, () => prove(name));
