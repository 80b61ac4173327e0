import { coreError, type Runtime, type Statement } from '@tutti/core';
import { sagaError } from '../errors.ts';
import type { SagaStore } from '../store/saga-store.ts';
import { MemorySagas } from './memory/sagas.ts';

/**
 * Keeps sagas in this process, as long as the object lives. Several orchestrators may share one: each opens and closes it, and its clock is
 * that of the first.
 *
 * @example
 * ```ts
 * import { memoryStore } from '@tutti/saga';
 *
 * const store = memoryStore();
 * ```
 */
export function memoryStore(): SagaStore {
  const name = 'memory store';
  const sagas = new MemorySagas();
  const listeners = new Set<() => void>();
  let runtime: Runtime | undefined;
  let users = 0;

  const now = (): number => {
    if (!runtime) throw coreError('NOT_RUNNING', { component: name, state: 'closed' });
    return Math.floor(runtime.clock.epoch());
  };
  const running = (): MemorySagas => {
    now();
    return sagas;
  };
  const ring = (): void => {
    for (const listener of [...listeners]) listener();
  };
  return {
    name,
    capabilities: { durable: false, shared: false, transactional: false },
    async open(given) {
      runtime ??= given;
      users++;
      return { acknowledged: 'Sagas are kept in this process, and lost when it ends in any way.', warnings: [] };
    },
    async close() {
      users = Math.max(0, users - 1);
      if (users === 0) runtime = undefined;
    },
    async create(saga, options = {}) {
      refuseStatements(saga.id, options.statements);
      const created = sagas.create(saga, options, now());
      if (created.created) ring();
      return created;
    },
    async claim(request) {
      return sagas.claim(request, now());
    },
    async checkpoint(checkpoint) {
      refuseStatements(checkpoint.id, checkpoint.statements);
      if (sagas.checkpoint(checkpoint, now())) ring();
    },
    async renew(worker, held, leaseMs) {
      const time = now();
      const lost = sagas.renew(worker, held, leaseMs, time);
      if (leaseMs === 0) ring();
      return { lost, now: time };
    },
    desk: {
      load: async (id) => running().load(id),
      ended: async (ids) => running().ended(ids),
      list: async (query) => running().list(query),
      stats: async () => sagas.stats(now()),
      async ask(id, request, from, to) {
        const status = sagas.ask(id, request, from, to, now());
        ring();
        return status;
      },
      forget: async (before, max) => running().forget(before, max),
      watch(listener) {
        const own = (): void => listener();
        listeners.add(own);
        return () => listeners.delete(own);
      },
    },
    outbox: {
      take: async (worker, leaseMs, max) => sagas.outbox.take(worker, leaseMs, max, now()),
      drop: async (_worker, ids) => running().outbox.drop(ids),
    },
  };
}

function refuseStatements(id: string, statements: readonly Statement[] = []): void {
  if (statements.length > 0)
    throw sagaError('SAGA_TX_REFUSED', { id, statement: 1, problem: 'this store has no database to execute it in' });
}
