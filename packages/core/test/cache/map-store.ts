import type { KeyValue } from '../../src/ports/key-value.ts';
import type { Clock } from '../../src/runtime/clock.ts';

/** A KeyValue of several processes on one clock, which each of them may lose. */
export interface MapStore extends KeyValue {
  readonly keys: () => readonly string[];
  /** `hangs`: operations are never answered; `fails`: they are refused at once. */
  state: 'well' | 'hangs' | 'fails';
  operations: number;
}

export function mapStore(clock: Clock): MapStore {
  const held = new Map<string, { readonly value: Uint8Array; readonly until: number }>();
  const live = (key: string): Uint8Array | undefined => {
    const found = held.get(key);
    return found && clock.now() < found.until ? found.value : undefined;
  };
  const reach = <T>(operation: () => T): Promise<T> => {
    store.operations++;
    if (store.state === 'hangs') return new Promise(() => {});
    if (store.state === 'fails') return Promise.reject(new Error('connection refused'));
    return Promise.resolve().then(operation);
  };
  const put = (key: string, value: Uint8Array, ttlMs: number): void =>
    void held.set(key, { value: value.slice(), until: clock.now() + ttlMs });
  const store: MapStore = {
    state: 'well',
    operations: 0,
    keys: () => [...held.keys()].filter((key) => live(key) !== undefined),
    get: (key) => reach(() => live(key)?.slice()),
    set: (key, value, ttlMs) => reach(() => put(key, value, ttlMs)),
    setIfAbsent: (key, value, ttlMs) =>
      reach(() => {
        if (live(key)) return false;
        put(key, value, ttlMs);
        return true;
      }),
    delete: (key) => reach(() => void held.delete(key)),
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
