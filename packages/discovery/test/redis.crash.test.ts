import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Duration, type Endpoint, TuttiError } from '@tutti/core';
import { Crew, eventually, faultScale, type TcpFaultProxy, tcpFaultProxy } from '@tutti/core/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeWith } from '../../../tools/services/needs.ts';
import { type RedisServer, startRedis } from '../../../tools/services/redis.ts';
import { redisBackend } from '../src/adapters/redis.ts';
import { type DiscoveryBackend, ServiceDiscovery } from '../src/index.ts';
import { EndpointHistory } from '../src/testing/endpoint-history.ts';
import { registryWatch } from '../src/testing/index.ts';
import { quiet } from './redis-registry.ts';

const ttlMs = 1_500;
const sweepMs = 200;
/** A machine with two busy cores may be late; a lease that never ends is later. */
const lateMs = 3_000;
const program = fileURLToPath(new URL('./redis-registrant.ts', import.meta.url));

let keyPrefix: string;
let closing: (() => Promise<unknown> | unknown)[];
beforeEach(() => {
  keyPrefix = `${randomUUID()}:`;
  closing = [];
});
afterEach(async () => {
  for (const close of closing.toReversed()) await close();
});

async function redis(settings: readonly string[] = []): Promise<RedisServer> {
  const server = await startRedis(settings);
  closing.push(() => server.stop());
  return server;
}
async function lineTo({ port }: RedisServer): Promise<TcpFaultProxy> {
  const proxy = await tcpFaultProxy({ target: { port } });
  closing.push(() => proxy.close());
  return proxy;
}
function backend(port: number): DiscoveryBackend {
  const url = `redis://127.0.0.1:${port}`;
  return redisBackend({ url, keyPrefix, commandTimeout: '400ms', sweepInterval: `${sweepMs}ms`, lookEvery: '500ms', runtime: quiet });
}
function discoveryAt(port: number, ttl: Duration = `${ttlMs}ms`): ServiceDiscovery {
  const discovery = new ServiceDiscovery({ backend: backend(port), ttl, runtime: quiet });
  closing.push(() => discovery.stop());
  return discovery;
}
const idsOf = async (discovery: ServiceDiscovery): Promise<readonly string[]> =>
  (await discovery.getService('voice')).map(({ instanceId }) => instanceId).toSorted();

/** Registers, drains and deregisters two instances by turns until `done`, whatever becomes of it; then registers both once more. Gives how much was refused. */
async function churn(discovery: ServiceDiscovery, name: string, done: () => boolean): Promise<number> {
  let refused = 0;
  const held: (Endpoint | undefined)[] = [];
  const register = async (index: number): Promise<void> => {
    held[index] = await discovery.registerService({ serviceName: 'voice', instanceId: `${name}-${index}`, host: '127.0.0.1', port: 8009 });
  };
  const unlessAway = (work: Promise<unknown>): Promise<boolean> =>
    work.then(
      () => true,
      (error: unknown) => {
        if (!TuttiError.is(error, 'STORE_UNAVAILABLE')) throw error;
        refused++;
        return false;
      },
    );
  for (let turn = 0; !done(); turn++) {
    const index = turn % 2;
    const endpoint = held[index];
    if (!endpoint || turn % 3 === 0) await unlessAway(register(index));
    else await unlessAway(turn % 5 === 0 ? discovery.deregisterService(endpoint) : discovery.drain(endpoint));
    await pause(3);
  }
  for (const index of [0, 1]) while (!(await unlessAway(register(index)))) await pause(50);
  return refused;
}

/** What the registry holds, by a client that nothing ever happened to. */
async function held(server: RedisServer): Promise<readonly Endpoint[]> {
  const fresh = backend(server.port);
  try {
    await using watch = registryWatch(fresh);
    await eventually('a snapshot', () => watch.heard.length > 0);
    return [...watch.endpoints.values()];
  } finally {
    await fresh.close();
  }
}

/** Waits until all that are followed know what the registry holds, and then says that nothing was ever told that must not be. */
async function agrees(history: EndpointHistory, server: RedisServer, endpoints: number): Promise<void> {
  await eventually(
    'quiet',
    async () => {
      const truth = await held(server);
      return truth.length === endpoints && history.differences(truth).length === 0;
    },
    15_000,
    100,
  );
  history.check(await held(server));
}

describeWith('redis-server', 'a Redis that is killed and lines that are cut, under load', () => {
  it.each([
    ['keeps all it acknowledged', ['--appendonly', 'yes', '--appendfsync', 'always']],
    ['keeps nothing', []],
  ])('%s: no life comes back, and all come to the same', async (_title, settings) => {
    const server = await redis(settings);
    const [cut, mute] = [await lineTo(server), await lineTo(server)];
    const history = new EndpointHistory(quiet.clock);
    for (const [name, port] of [
      ['near', server.port],
      ['behind a line that is cut', cut.port],
      ['behind a line that swallows', mute.port],
    ] as const)
      history.follow(name, discoveryAt(port), 'voice');
    let over = false;
    const churns = [server.port, cut.port, mute.port].map((port, nth) => churn(discoveryAt(port), `w${nth}`, () => over));
    for (let round = 0; round < faultScale(20); round++) {
      await pause(400);
      await mute.change({ toClient: { blackHole: true } });
      await pause(300);
      cut.end(round % 2 === 0 ? 'cut' : 'reset');
      await pause(200);
      await server.kill();
      await pause(200);
      await server.restart();
      mute.end('reset');
      await mute.heal();
    }
    await pause(500);
    over = true;
    const refused = await Promise.all(churns);
    expect(refused.reduce((sum, each) => sum + each)).toBeGreaterThan(0);
    await agrees(history, server, 6);
  });
});

describeWith('redis-server', 'a Redis that is killed', () => {
  it('and keeps nothing is written anew, by new lives of those who were registered', async () => {
    const server = await redis();
    const [home, abroad] = [discoveryAt(server.port), discoveryAt(server.port)];
    const before = await home.registerService({ serviceName: 'voice', instanceId: 'a', host: '127.0.0.1', port: 8009 });
    await eventually('the news abroad', async () => (await idsOf(abroad)).length === 1);
    const history = new EndpointHistory(quiet.clock);
    history.follow('abroad', abroad, 'voice');
    await server.kill();
    await server.restart();
    const after = await eventually('the new life', async () => {
      const [endpoint] = await abroad.getService('voice');
      return endpoint && endpoint.incarnation !== before.incarnation && endpoint;
    });
    expect({ ...after, incarnation: '' }).toEqual({ ...before, incarnation: '' });
    await agrees(history, server, 1);
  });

  it('and keeps what it acknowledged (control) leaves lives as they are', async () => {
    const server = await redis(['--appendonly', 'yes', '--appendfsync', 'always']);
    const [home, abroad] = [discoveryAt(server.port, '60s'), discoveryAt(server.port)];
    const before = await home.registerService({ serviceName: 'voice', instanceId: 'a', host: '127.0.0.1', port: 8009 });
    await eventually('the news abroad', async () => (await idsOf(abroad)).length === 1);
    await server.kill();
    await eventually('the loss to be noticed', () => abroad.staleMs('voice') > 0);
    expect((await abroad.getService('voice')).map(({ incarnation }) => incarnation)).toEqual([before.incarnation]);
    await server.restart();
    await eventually('the registry to be heard again', () => abroad.staleMs('voice') === 0);
    expect((await abroad.getService('voice')).map(({ incarnation }) => incarnation)).toEqual([before.incarnation]);
  });

  it('is noticed when it is only mute, and heard again on another connection', async () => {
    const server = await redis();
    const line = await lineTo(server);
    const [home, abroad] = [discoveryAt(server.port), discoveryAt(line.port)];
    await home.registerService({ serviceName: 'voice', instanceId: 'a', host: '127.0.0.1', port: 8009 });
    await eventually('the news abroad', async () => (await idsOf(abroad)).length === 1);
    await line.change({ connect: 'half-open', toClient: { blackHole: true } });
    const since = performance.now();
    await eventually('the silence to be noticed', () => abroad.staleMs('voice') > 0);
    expect(performance.now() - since).toBeLessThan(500 + 400 + lateMs); // a look and the time that its answer may take
    await home.registerService({ serviceName: 'voice', instanceId: 'b', host: '127.0.0.1', port: 8009 });
    expect(await idsOf(abroad)).toEqual(['a']);
    await line.heal();
    await eventually('what was missed', async () => (await idsOf(abroad)).join() === 'a,b', 20_000);
  });
});

describeWith('redis-server', 'a process that is registered in Redis', () => {
  function crew(server: RedisServer, members: readonly { readonly instanceId: string; readonly ttl: string }[]): Crew {
    const started = new Crew(
      program,
      members.map((member) => JSON.stringify({ url: server.url, keyPrefix, ...member })),
    );
    closing.push(async () => {
      started.killAll();
      await started.ended();
    });
    return started;
  }

  it('leaves nothing behind after kill -9 but until its lease ends, while those of others stay', async () => {
    const server = await redis();
    const observer = discoveryAt(server.port);
    const processes = crew(server, [
      { instanceId: 'killed', ttl: `${ttlMs}ms` },
      { instanceId: 'long', ttl: '1h' },
      { instanceId: 'alive', ttl: `${ttlMs}ms` },
    ]);
    await eventually('all three', async () => (await idsOf(observer)).length === 3, 20_000);
    for (const index of [0, 1]) processes.signal(index, 'SIGKILL');
    const killedAt = performance.now();
    await eventually('the end of the lease', async () => !(await idsOf(observer)).includes('killed'));
    expect(performance.now() - killedAt).toBeLessThan(ttlMs + sweepMs + lateMs);
    // Control: it was the lease that did it. The same death under a long one is not noticed by now.
    expect(await idsOf(observer)).toEqual(['alive', 'long']);
  });

  it('that was replaced while it stood still does not disturb its successor, and ends by itself', async () => {
    const server = await redis();
    const observer = discoveryAt(server.port);
    const processes = crew(server, [{ instanceId: 'voice-001', ttl: '1h' }]);
    await eventually('its endpoint', async () => (await idsOf(observer)).length === 1, 20_000);
    processes.signal(0, 'SIGSTOP');
    const successor = await discoveryAt(server.port, '1h').registerService({
      serviceName: 'voice',
      instanceId: 'voice-001',
      host: '127.0.0.1',
      port: 9009,
    });
    processes.signal(0, 'SIGCONT');
    processes.signal(0, 'SIGTERM');
    expect(await processes.ended()).toEqual([0]);
    expect((await observer.getService('voice')).map(({ incarnation }) => incarnation)).toEqual([successor.incarnation]);
  });
});
