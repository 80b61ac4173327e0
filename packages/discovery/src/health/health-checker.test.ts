import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Call, Health } from '@tutti/core';
import { eventually, testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { HealthChecker } from './health-checker.ts';

const second = 1_000;

describe('a health checker', () => {
  it('asks a target once an interval, however many watch it, and tells each the first answer and every change', async () => {
    const runtime = testRuntime();
    const checker = new HealthChecker({ runtime, jitter: 0 });
    let asked = 0;
    let problem: string | undefined;
    const check = async (): Promise<void> => {
      asked++;
      if (problem) throw new Error(problem);
    };
    const heard: Health[][] = [[], [], []];
    const unwatch = heard.map((list) => checker.watchHealth({ kind: 'function', check }, (health) => list.push(health)));
    await runtime.clock.advance(second);
    await runtime.clock.advance(20 * second);
    expect(asked).toBe(3);
    expect(heard).toEqual([[{ status: 'healthy' }], [{ status: 'healthy' }], [{ status: 'healthy' }]]);

    problem = 'the disk is full';
    await runtime.clock.advance(20 * second);
    expect(heard[0]).toHaveLength(1);
    await runtime.clock.advance(10 * second);
    expect(heard[2]?.at(-1)).toEqual({ status: 'unhealthy', reason: 'the disk is full' });

    problem = undefined;
    unwatch[0]?.();
    await runtime.clock.advance(10 * second);
    expect(heard.map((list) => list.map(({ status }) => status))).toEqual([
      ['healthy', 'unhealthy'],
      ['healthy', 'unhealthy', 'healthy'],
      ['healthy', 'unhealthy', 'healthy'],
    ]);

    unwatch[1]?.();
    unwatch[2]?.();
    asked = 0;
    await runtime.clock.advance(60 * second);
    expect([asked, runtime.clock.nextDelayMs()]).toEqual([0, undefined]);
  });

  it('tells a late watcher at once what is known', async () => {
    const runtime = testRuntime();
    const checker = new HealthChecker({ runtime });
    const check = (): Promise<void> => Promise.reject(new Error('down'));
    checker.watchHealth({ kind: 'function', check }, () => {});
    await runtime.clock.advance(second);
    const heard: Health[] = [];
    checker.watchHealth({ kind: 'function', check }, (health) => heard.push(health));
    expect(heard).toEqual([{ status: 'unhealthy', reason: 'down' }]);
  });

  it('fails a target that does not answer in time, and tells it that nobody waits any more', async () => {
    const runtime = testRuntime();
    const checker = new HealthChecker({ runtime, timeout: '500ms' });
    const calls: Call[] = [];
    const heard: Health[] = [];
    const hang = (call: Call): Promise<void> => {
      calls.push(call);
      return new Promise(() => {});
    };
    const unwatch = checker.watchHealth({ kind: 'function', check: hang }, (health) => heard.push(health));
    await runtime.clock.advance(1.5 * second);
    expect(heard).toEqual([{ status: 'unhealthy', reason: 'the health check of the function hang took longer than 500 ms' }]);
    expect(calls[0]?.cancelled).toBe(true);
    await runtime.clock.advance(10.9 * second);
    unwatch();
    expect(calls.at(-1)?.cancelled).toBe(true);
  });

  it('spreads the first probes of targets that were registered together', async () => {
    const runtime = testRuntime();
    const checker = new HealthChecker({ runtime });
    const askedAt: number[] = [];
    const start = runtime.clock.now();
    for (let target = 0; target < 100; target++) {
      checker.watchHealth({ kind: 'function', check: async () => void askedAt.push(runtime.clock.now() - start) }, () => {});
    }
    await runtime.clock.advance(1.1 * second);
    expect(askedAt).toHaveLength(100);
    const perTenth = Array.from({ length: 10 }, (_none, tenth) => askedAt.filter((at) => Math.floor(at / 100) === tenth).length);
    expect(Math.max(...perTenth)).toBeLessThan(25);
    expect(Math.min(...perTenth)).toBeGreaterThan(1);
  });

  it.each([
    [
      { kind: 'http', url: 'ftp://localhost' },
      "watchHealth.probe must be a probe of kind 'http', but it.url must be an http or https URL, got 'ftp://localhost'",
    ],
    [
      { kind: 'tcp', host: 'localhost', port: 0 },
      "watchHealth.probe must be a probe of kind 'tcp', but it.port must be a whole number from 1 to 65535, got 0",
    ],
    [{ kind: 'grpc' }, "watchHealth.probe must be a probe of kind 'http', 'tcp' or 'function', got an object"],
  ])('refuses %j', (probe, message) => {
    expect(() => new HealthChecker().watchHealth(probe as { kind: 'http'; url: string }, () => {})).toThrowError(message);
  });
});

describe('probes with an identity', () => {
  it('are one probe for each name that is expected at an address, however many watch', async () => {
    const runtime = testRuntime();
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.headers['user-agent']);
      response.writeHead(200, { 'x-service-name': 'voice' }).end();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`;
    const checker = new HealthChecker({ runtime, jitter: 0, timeout: '1h' });
    const heard: Health[] = [];
    const watch = (identity?: string): void =>
      void checker.watchHealth({ kind: 'http', url, ...(identity !== undefined && { identity }) }, (health) => heard.push(health));
    for (const identity of ['voice', 'voice', 'chart', 'chart', undefined, undefined]) watch(identity);
    await runtime.clock.advance(second);
    await eventually('six answers', () => heard.length === 6);
    expect(asked).toHaveLength(3);
    expect(heard.filter(({ status }) => status === 'healthy')).toHaveLength(4);
    expect(heard.filter(({ status }) => status === 'unhealthy').map(({ reason }) => reason)).toEqual([
      `${url} is 'voice', not chart`,
      `${url} is 'voice', not chart`,
    ]);
    server.close();
  });
});
