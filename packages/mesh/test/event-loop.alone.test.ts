import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Call, type Clock, defaultRuntime, silentLogger, stallWatch } from '@tutti/core';
import { eventually } from '@tutti/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EndpointExplanation, ServiceMesh, type ServicePolicy } from '../src/index.ts';
import { endpoint, FakeRegistry } from './fake-registry.ts';

// A stalled event loop makes timers and round trips lie: after the stall, timers run before the sockets are read, and answers that came
// in time look late. The backends are another process, so they are not stalled, and answer everything after 100 ms. They say when they
// did: on a busy machine an answer may really be late, or early enough to be read before the stall, and then it proves nothing.
const backends = `
  const { createServer } = require('node:http');
  const open = () => {
    const server = createServer((request, response) => {
      if (request.url === '/mute') return;
      setTimeout(() => response.end('well', () => process.send({ answered: request.url, at: Date.now() })), 100);
    });
    server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
  };
  for (let each = 0; each < 10; each++) open();
  process.on('disconnect', () => process.exit());
`;
const ports: number[] = [];
const answeredAt = new Map<string, number>();
let child: ChildProcess;

beforeAll(async () => {
  child = spawn(process.execPath, ['-e', backends], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  child.on('message', ({ port, answered, at }: { port?: number; answered?: string; at: number }) => {
    if (port !== undefined) ports.push(port);
    if (answered !== undefined) answeredAt.set(answered, at);
  });
  await eventually('all backends listen', () => ports.length === 10);
});
afterAll(() => {
  child.disconnect();
});

const runtime = { ...defaultRuntime, logger: silentLogger };

/** Believes every timer at once, as one that is armed for a single call does. */
const credulous: Clock = { ...runtime.clock, afterInput: (callback) => callback() };

/** Busy for half a second inside a callback of the poll phase, as a large JSON.parse of something just read would be. Tells when it began. */
function stall(): Promise<number> {
  return new Promise((resolve) => {
    readFile(import.meta.filename, () => {
      const endsAt = performance.now() + 500;
      resolve(Date.now());
      while (performance.now() < endsAt);
    });
  });
}

interface Seen {
  /** Calls whose answer came in time, and while nobody could read it. */
  readonly inTime: number;
  /** Those of them that are said to have timed out. */
  readonly timedOut: number;
  readonly ejected: number;
  readonly failures: number;
  readonly opened: number;
  readonly dearestMs: number;
}

const policy: ServicePolicy = {
  balance: 'round-robin',
  timeout: '200ms',
  retry: { maxAttempts: 1 },
  panicBelow: 0,
  endpointBreaker: { failures: 5 },
  outliers: { consecutiveFailures: 5, maxShare: 1 },
};

let calls = 0;

/** Six calls to each of ten backends, during which this process stands still. */
async function standStill(clock: Clock): Promise<Seen> {
  const registry = new FakeRegistry();
  for (const port of ports) registry.put(endpoint({ serviceName: 'voice', port }));
  const world = { ...runtime, clock };
  await using mesh = new ServiceMesh({ endpoints: registry, registry, runtime: world, policy: { defaults: policy }, drainTimeout: '10ms' });
  await mesh.start();
  const ask = (path: string): Promise<unknown> => mesh.call('voice', { method: 'GET', path }, Call.root({ runtime: world }));
  const all = (): Promise<{ path: string; late: boolean }[]> =>
    Promise.all(
      Array.from({ length: 60 }, () => {
        const path = `/${++calls}`;
        return ask(path).then(
          () => ({ path, late: false }),
          ({ code }: { code?: string }) => ({ path, late: code === 'TIMEOUT' }),
        );
      }),
    );
  await all(); // connections are there
  const sentAt = Date.now();
  const outcomes = all();
  await pause(5);
  const stalledAt = await stall();
  const known = await outcomes;
  const { endpoints } = mesh.explain('voice');
  await eventually('all backends have said when they answered', () => known.every(({ path }) => answeredAt.has(path)));
  const inTime = known.filter(({ path }) => {
    const at = answeredAt.get(path) ?? Number.NaN;
    return at > stalledAt && at < sentAt + 180;
  });
  const count = (counts: (each: EndpointExplanation) => boolean): number => endpoints.filter(counts).length;
  return {
    inTime: inTime.length,
    timedOut: inTime.filter(({ late }) => late).length,
    ejected: count(({ ejections }) => ejections > 0),
    failures: endpoints.reduce((sum, { consecutiveFailures }) => sum + consecutiveFailures, 0),
    opened: count(({ breaker }) => breaker !== 'closed'),
    dearestMs: Math.max(...endpoints.map(({ load }) => load)),
  };
}

/** Again until the machine was quick enough for an answer to all of it. */
async function tell(clock: Clock): Promise<Seen> {
  for (let time = 0; time < 20; time++) {
    const seen = await standStill(clock);
    if (seen.inTime === 60) return seen;
  }
  throw new Error('this machine is too busy to answer sixty requests in 200 ms');
}

describe('while the event loop stands still for 500 ms and calls may take 200', () => {
  it('no call that was answered in time has timed out, no endpoint is left out, and none has become dear', async () => {
    const { dearestMs, ...seen } = await tell(runtime.clock);
    expect(seen).toEqual({ inTime: 60, timedOut: 0, ejected: 0, failures: 0, opened: 0 });
    expect(dearestMs, 'answers took 100 ms, and the stall is not theirs').toBeLessThan(300);
  });

  describe('and nobody watches for stalls', () => {
    const watches = [stallWatch(runtime.clock), stallWatch(credulous)];
    const watched = watches.map(({ total }) => total);
    beforeAll(() => {
      for (const watch of watches) watch.total = () => 0;
    });
    afterAll(() => {
      watches.forEach((watch, index) => {
        watch.total = watched[index] as (typeof watch)['total'];
      });
    });

    it('all time out and endpoints are left out, with timers that are believed at once (control)', async () => {
      const seen = await tell(credulous);
      expect(seen.timedOut).toBe(60);
      expect(seen.ejected).toBe(10);
    });

    it('all endpoints look as dear as the stall was long (control)', async () => {
      expect((await tell(runtime.clock)).dearestMs).toBeGreaterThan(400);
    });
  });

  it('a call that really gets no answer still times out', async () => {
    const registry = new FakeRegistry();
    for (const port of ports) registry.put(endpoint({ serviceName: 'voice', port }));
    await using mesh = new ServiceMesh({ endpoints: registry, registry, runtime, policy: { defaults: policy }, drainTimeout: '10ms' });
    await mesh.start();
    const mute = mesh.call('voice', { method: 'GET', path: '/mute' });
    await Promise.all([expect(mute).rejects.toMatchObject({ code: 'TIMEOUT' }), stall()]);
  });
});
