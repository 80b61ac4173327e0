import { coreError } from '@tutti/core';
import type { DiscoveryBackend } from '../backend/discovery-backend.ts';

/** A way to a registry that can be cut. */
export interface FaultyBackend extends DiscoveryBackend {
  /** From now on every call fails and every watch is lost. */
  cut(): void;
  mend(): void;
}

/** Puts a connection that can fail in front of a backend. */
export function faultyBackend(backend: DiscoveryBackend): FaultyBackend {
  let line = new AbortController();
  const away = (): Error => coreError('STORE_UNAVAILABLE', { store: backend.name, problem: 'the connection was cut' });
  const through = async <T>(call: () => Promise<T>): Promise<T> => {
    if (line.signal.aborted) throw away();
    return call();
  };
  return {
    name: backend.name,
    capabilities: backend.capabilities,
    put: (endpoint, ttlMs) => through(() => backend.put(endpoint, ttlMs)),
    renew: (lives, ttlMs) => through(() => backend.renew(lives, ttlMs)),
    mark: (life, state) => through(() => backend.mark(life, state)),
    remove: (life) => through(() => backend.remove(life)),
    async watch(serviceName, listener, signal) {
      if (line.signal.aborted) throw away();
      const { signal: cut } = line;
      await backend.watch(serviceName, (change) => void (cut.aborted || listener(change)), AbortSignal.any([signal, cut]));
      if (cut.aborted && !signal.aborted) throw away();
    },
    close: () => backend.close(),
    cut: () => line.abort(),
    mend() {
      if (line.signal.aborted) line = new AbortController();
    },
  };
}
