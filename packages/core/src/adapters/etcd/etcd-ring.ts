import { exponential } from '../../policy/backoff.ts';
import { repeat } from '../../runtime/repeat.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { EtcdConnection } from './etcd-connection.ts';

const backoff = exponential({ initial: '50ms', max: '2s', jitter: 0.5 });

/**
 * Rings when something was written under `prefix`, and each time the watch is in place again: what was written meanwhile nobody has heard. Returns
 * what ends it.
 */
export function etcdRing(connection: EtcdConnection, prefix: string, ring: () => void, runtime: Runtime): () => void {
  const ending = new AbortController();
  let failures = 0;
  const hear = (): void => {
    failures = 0;
    ring();
  };
  const pauseMs = (): number => (failures === 0 ? 0 : backoff.delayMs(failures, runtime.random));
  const loop = repeat(runtime, { name: `watching ${prefix}`, intervalMs: pauseMs }, async () => {
    try {
      await connection.watch({ prefix }, hear, ending.signal);
    } catch {
      failures++; // whoever reads meanwhile is told why
    }
  });
  return () => {
    ending.abort();
    void loop.stop();
  };
}
