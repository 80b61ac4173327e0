import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { defaultRuntime, silentLogger } from '@tutti/core';
import { afterAll, expect, it } from 'vitest';
import { ServiceMesh } from '../src/index.ts';
import { endpoint, FakeRegistry } from './fake-registry.ts';

const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** Answers after a moment, so that some requests are in flight at any time. */
const serverSource = `
  require('node:http')
    .createServer((request, response) => setTimeout(() => response.end(String(process.pid)), 10))
    .listen(0, '127.0.0.1', function () { console.log(this.address().port) });
`;

async function startServer(): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn(process.execPath, ['-e', serverSource], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  if (!child.stdout) throw new Error('the child has no output');
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return { child, port: Number(line) };
}

async function loadDuringKill(maxAttempts: number): Promise<{ failed: number; failedLate: number; sent: number }> {
  const servers = [await startServer(), await startServer(), await startServer()] as const;
  const registry = new FakeRegistry();
  for (const { port } of servers) registry.put(endpoint({ serviceName: 'voice', port }));
  await using mesh = new ServiceMesh({
    endpoints: registry,
    registry,
    runtime: { ...defaultRuntime, logger: silentLogger },
    policy: { defaults: { balance: 'round-robin', retry: { maxAttempts } } },
  });
  await mesh.start();
  const outcomes: Promise<{ at: number; ok: boolean }>[] = [];
  let killedAt = Number.POSITIVE_INFINITY;
  for (let sent = 0; sent < 500; sent++) {
    if (sent === 100) {
      servers[1].child.kill('SIGKILL');
      killedAt = performance.now();
    }
    const at = performance.now();
    outcomes.push(
      mesh.call('voice', { method: 'GET', path: '/' }).then(
        ({ status }) => ({ at, ok: status === 200 }),
        () => ({ at, ok: false }),
      ),
    );
    await pause(5);
  }
  const failures = (await Promise.all(outcomes)).filter(({ ok }) => !ok);
  return { failed: failures.length, failedLate: failures.filter(({ at }) => at > killedAt + 1_000).length, sent: outcomes.length };
}

it('loses at most three idempotent calls when one of three processes is killed under load, and none a second later', {
  timeout: 30_000,
}, async () => {
  const { failed, failedLate, sent } = await loadDuringKill(3);
  expect(sent).toBe(500);
  expect(failed).toBeLessThanOrEqual(3);
  expect(failedLate).toBe(0);
});

it('would lose calls without trying elsewhere: the control of the test above', { timeout: 30_000 }, async () => {
  expect((await loadDuringKill(1)).failed).toBeGreaterThan(0);
});
