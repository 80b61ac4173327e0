import { defaultRuntime, type Runtime } from '@tutti/core';
import { sagaError } from '../errors.ts';
import { type HistoryEntry, isFinal, type SagaRecord } from '../store/saga-record.ts';
import type { SagaStore } from '../store/saga-store.ts';

interface Kept {
  record: SagaRecord;
  owner: string | undefined;
  leaseUntil: number;
  readonly history: HistoryEntry[];
}

/** Sagas in this process: fast, typed, gone with it. Several orchestrators may share one. */
export function memoryStore(options: { readonly runtime?: Runtime } = {}): SagaStore {
  const { clock } = options.runtime ?? defaultRuntime;
  const sagas = new Map<string, Kept>();
  const listeners = new Set<() => void>();
  const ring = (): void => {
    for (const listener of [...listeners]) listener();
  };
  return {
    name: 'memory',
    capabilities: { durable: false, shared: false },
    open: async () => {},
    close: async () => {},
    async create(saga, entry) {
      if (sagas.has(saga.id)) return { created: false };
      sagas.set(saga.id, {
        record: { ...saga, status: 'running', fence: 0, steps: [] },
        owner: undefined,
        leaseUntil: 0,
        history: [entry],
      });
      ring();
      return { created: true };
    },
    async claim({ worker, leaseMs, max, known }) {
      const now = clock.epoch();
      const claimed: SagaRecord[] = [];
      for (const kept of sagas.values()) {
        if (claimed.length >= max) break;
        const { record } = kept;
        if (isFinal(record.status) || (kept.owner !== undefined && kept.leaseUntil > now)) continue;
        if (!known.some(({ saga, fingerprint }) => saga === record.saga && fingerprint === record.fingerprint)) continue;
        kept.owner = worker;
        kept.leaseUntil = now + leaseMs;
        kept.record = { ...record, fence: record.fence + 1 };
        claimed.push(kept.record);
      }
      return claimed;
    },
    async checkpoint({ id, worker, fence, status, failure, steps, entries }) {
      const kept = sagas.get(id);
      if (!kept || kept.owner !== worker || kept.record.fence !== fence) throw sagaError('SAGA_FENCED', { id, fence });
      const changed = new Map(kept.record.steps.map((step) => [step.step, step]));
      for (const step of steps) changed.set(step.step, step);
      kept.record = { ...kept.record, status, steps: [...changed.values()], ...(failure && { failure }) };
      kept.history.push(...entries);
      if (!isFinal(status)) return;
      kept.owner = undefined;
      ring();
    },
    async renew(worker, held, leaseMs) {
      const lost: string[] = [];
      for (const { id, fence } of held) {
        const kept = sagas.get(id);
        if (!kept || kept.owner !== worker || kept.record.fence !== fence) lost.push(id);
        else if (leaseMs === 0) kept.owner = undefined;
        else kept.leaseUntil = clock.epoch() + leaseMs;
      }
      if (leaseMs === 0) ring();
      return lost;
    },
    load: async (id) => sagas.get(id)?.record,
    history: async (id) => [...(sagas.get(id)?.history ?? [])],
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
