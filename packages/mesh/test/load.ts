import { setTimeout as pause } from 'node:timers/promises';
import { defaultRuntime, silentLogger } from '@tutti/core';
import { ServiceMesh, type ServicePolicy } from '../src/index.ts';
import { endpoint, FakeRegistry } from './fake-registry.ts';
import type { ServerProcess } from './server-process.ts';

export interface Load {
  readonly servers: readonly ServerProcess[];
  readonly policy: ServicePolicy;
  readonly method?: 'GET' | 'POST';
  /** How many calls in all, one every 5 ms. */
  readonly calls: number;
  /** Before the call of this number, `strike` happens. */
  readonly strikeAt: number;
  strike(registry: FakeRegistry): void;
}

export interface CallSeen {
  /** Milliseconds between the strike and the beginning of the call; negative before. */
  readonly begunAfterMs: number;
  readonly tookMs: number;
  readonly ok: boolean;
  /** What the server answered. */
  readonly text: string;
}

/** 200 calls a second through a mesh with default connections, and something that happens to its servers meanwhile. */
export async function underLoad({ servers, policy, method = 'GET', calls, strikeAt, strike }: Load): Promise<readonly CallSeen[]> {
  const registry = new FakeRegistry();
  for (const { port } of servers) registry.put(endpoint({ serviceName: 'voice', port }));
  await using mesh = new ServiceMesh({
    endpoints: registry,
    registry,
    runtime: { ...defaultRuntime, logger: silentLogger },
    policy: { defaults: policy },
    drainTimeout: '100ms',
  });
  await mesh.start();
  const seen: Promise<Omit<CallSeen, 'begunAfterMs'> & { at: number }>[] = [];
  let struckAt = Number.POSITIVE_INFINITY;
  const from = performance.now();
  for (let sent = 0; sent < calls; sent++) {
    if (sent === strikeAt) {
      strike(registry);
      struckAt = performance.now();
    }
    const at = performance.now();
    const tookMs = (): number => performance.now() - at;
    seen.push(
      mesh.call('voice', { method, path: '/', ...(method === 'POST' && { body: 'pay' }) }).then(
        (reply) => ({ at, tookMs: tookMs(), ok: reply.status === 200, text: reply.text() }),
        (error: Error) => ({ at, tookMs: tookMs(), ok: false, text: error.message }),
      ),
    );
    await pause(Math.max(0, from + (sent + 1) * 5 - performance.now()));
  }
  return (await Promise.all(seen)).map(({ at, ...rest }) => ({ ...rest, begunAfterMs: at - struckAt }));
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
