import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import type { FakeRegistry } from './fake-registry.ts';
import { type CallSeen, underLoad } from './load.ts';
import { killServers, type ServerProcess, startServer } from './server-process.ts';

afterEach(killServers);

/** Ends one of three servers amid POSTs that take 50 ms and may not be sent twice. */
async function end(
  strike: (server: ServerProcess, registry: FakeRegistry) => void,
): Promise<{ seen: readonly CallSeen[]; server: ServerProcess }> {
  const servers = [await startServer(50), await startServer(50), await startServer(50)] as const;
  const [, server] = servers;
  const seen = await underLoad({
    servers,
    policy: { balance: 'round-robin' },
    method: 'POST',
    calls: 400,
    strikeAt: 150,
    strike: (registry) => strike(server, registry),
  });
  return { seen, server };
}

const failed = (seen: readonly CallSeen[]): number => seen.filter(({ ok }) => !ok).length;

it('loses nothing when a server drains: it gets nothing new, and ends when all it had is answered', async () => {
  const { seen, server } = await end(({ child, port }, registry) => {
    const known = registry.endpoints.get(`voice/i-${port}`);
    if (known) void registry.drain(known);
    child.kill('SIGTERM');
  });
  if (server.child.exitCode === null) await once(server.child, 'exit');
  expect(server.child.exitCode, 'requests that it left behind').toBe(0);
  expect(failed(seen)).toBe(0);
  expect(seen.filter(({ text, begunAfterMs }) => text === String(server.child.pid) && begunAfterMs >= 0)).toHaveLength(0);
  expect(seen.filter(({ text, begunAfterMs }) => text === String(server.child.pid) && begunAfterMs < 0).length).toBeGreaterThan(40);
});

it('would lose what is in flight if it ended at once (control)', async () => {
  const { seen } = await end(({ child }) => void child.kill('SIGKILL'));
  expect(failed(seen)).toBeGreaterThan(0);
});
