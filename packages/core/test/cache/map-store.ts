import { memoryKeyValue } from '../../src/keyed/memory-key-value.ts';
import type { KeyValue } from '../../src/ports/key-value.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';

/** A store of several processes on one clock, which all of them may lose. */
export interface MapStore extends KeyValue {
  /** `hangs`: operations are never answered; `fails`: they are refused at once. */
  state: 'well' | 'hangs' | 'fails';
  operations: number;
}

export function mapStore(runtime: Runtime): MapStore {
  const held = memoryKeyValue({ runtime });
  const reach = <T>(operation: () => Promise<T>): Promise<T> => {
    store.operations++;
    if (store.state === 'hangs') return new Promise(() => {});
    return store.state === 'fails' ? Promise.reject(new Error('connection refused')) : operation();
  };
  const store: MapStore = {
    state: 'well',
    operations: 0,
    get: (key) => reach(() => held.get(key)),
    set: (key, value, ttlMs) => reach(() => held.set(key, value, ttlMs)),
    setIfAbsent: (key, value, ttlMs) => reach(() => held.setIfAbsent(key, value, ttlMs)),
    delete: (key) => reach(() => held.delete(key)),
  };
  return store;
}

/** One process's way to a store that others reach by theirs. */
export function wayTo(store: KeyValue): KeyValue & { cut: boolean } {
  const way = {
    cut: false,
    get: (key: string) => (way.cut ? cutOff : store.get(key)),
    set: (key: string, value: Uint8Array, ttlMs: number) => (way.cut ? cutOff : store.set(key, value, ttlMs)),
    setIfAbsent: (key: string, value: Uint8Array, ttlMs: number) => (way.cut ? cutOff : store.setIfAbsent(key, value, ttlMs)),
    delete: (key: string) => (way.cut ? cutOff : store.delete(key)),
  };
  return way;
}

const cutOff = new Promise<never>(() => {});

/** A store in which every tag has the same version for good. */
export function withoutVersions(store: KeyValue): KeyValue {
  const same = new TextEncoder().encode('same');
  return {
    ...store,
    get: async (name) => (name.includes(':tag:') ? same : store.get(name)),
    set: async (name, value, ttlMs) => (name.includes(':tag:') ? undefined : store.set(name, value, ttlMs)),
  };
}
