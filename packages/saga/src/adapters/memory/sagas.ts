import type { Page } from '@tutti/core';
import { sagaError } from '../../errors.ts';
import { type ListPlace, readPlace, writePlace } from '../../store/list-place.ts';
import type { OpenedStatus, SagaCount, SagaQuery, SagaStats } from '../../store/saga-desk.ts';
import {
  isOver,
  isParked,
  type NewSaga,
  type SagaRecord,
  type SagaRequest,
  type SagaStatus,
  type SagaSummary,
} from '../../store/saga-record.ts';
import type { Checkpoint, Claimed, ClaimedSaga, ClaimRequest, Created, CreateOptions, Holding } from '../../store/saga-store.ts';
import { KeptSaga, never } from './kept-saga.ts';
import { KeyLines } from './key-lines.ts';
import { MemoryOutbox } from './outbox.ts';

const byDueTime = (a: KeptSaga, b: KeptSaga): number => a.dueAt - b.dueAt;
const newestFirst = (a: ListPlace, b: ListPlace): number => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1);

/** All sagas of a memory store. Every method is one step: nothing comes between its beginning and its end. Times are those of the caller's clock. */
export class MemorySagas {
  readonly outbox: MemoryOutbox = new MemoryOutbox();
  readonly #all = new Map<string, KeptSaga>();
  /** Those that are not over, in the order of their creation: claims must not look at what is finished. */
  readonly #open = new Set<KeptSaga>();
  readonly #keys = new KeyLines();

  create(said: NewSaga, { hold, whenLocked = 'queue', queuedUntil = never, events = [] }: CreateOptions, now: number): Created {
    if (this.#all.has(said.id)) return { created: false, now };
    const locker = this.#keys.holderOf(said.lockKey);
    if (locker && whenLocked === 'refuse') return { created: false, lockedBy: locker.said.id, now };
    const saga = new KeptSaga(said);
    this.#all.set(said.id, saga);
    this.#open.add(saga);
    this.#keys.join(saga);
    this.outbox.add(events);
    saga.dueAt = locker ? queuedUntil : now;
    if (locker) saga.status = 'queued';
    else if (hold) saga.hold(hold.worker, now + hold.leaseMs);
    return { created: true, ...(locker && { lockedBy: locker.said.id }), now };
  }

  claim({ worker, leaseMs, max, known }: ClaimRequest, now: number): Claimed {
    const asked: string[] = [];
    const claimable: KeptSaga[] = [];
    for (const saga of this.#open) {
      if (saga.owner === worker && saga.asked.length > saga.answered) asked.push(saga.said.id);
      if (saga.dueAt !== never && known.some((kind) => kind.saga === saga.said.saga && kind.fingerprint === saga.said.fingerprint))
        claimable.push(saga);
    }
    claimable.sort(byDueTime);
    const due = claimable.filter(({ dueAt }) => dueAt <= now).slice(0, max);
    const next = claimable[due.length];
    const sagas = due.map((saga): ClaimedSaga => {
      const takenFrom = saga.owner;
      this.#keys.leaveLine(saga);
      saga.hold(worker, now + leaseMs);
      return { ...saga.record(), ...(takenFrom !== undefined && { takenFrom }) };
    });
    return { sagas, asked, ...(next && { nextDueAt: next.dueAt }), now };
  }

  /** Gives whether somebody may care. */
  checkpoint({ id, worker, fence, status, entries, dueAt, answered, events = [] }: Checkpoint, now: number): boolean {
    const saga = this.#held(worker, { id, fence });
    if (!saga) throw sagaError('SAGA_FENCED', { id, fence });
    saga.status = status;
    saga.answered = answered;
    saga.note(entries);
    this.outbox.add(events);
    if (isOver(status)) this.#end(saga, now);
    else if (dueAt !== undefined || isParked(status)) saga.giveBack(saga.asked.length > answered ? now : Math.max(dueAt ?? 0, now));
    return saga.owner === undefined || events.length > 0;
  }

  renew(worker: string, held: readonly Holding[], leaseMs: number, now: number): readonly string[] {
    return held.flatMap((holding) => {
      const saga = this.#held(worker, holding);
      if (!saga) return [holding.id];
      if (leaseMs === 0) saga.giveBack(now);
      else saga.dueAt = now + leaseMs;
      return [];
    });
  }

  load(id: string): SagaRecord | undefined {
    return this.#all.get(id)?.record();
  }

  ended(ids: readonly string[]): string[] {
    return ids.filter((id) => {
      const status = this.#all.get(id)?.status;
      return status === undefined || isOver(status) || isParked(status);
    });
  }

  list({ saga, status, tenant, limit, after }: SagaQuery): Page<SagaSummary> {
    const wanted = Array.from(this.#all.values(), (each) => each.summary())
      .filter(
        (each) => (saga ?? each.saga) === each.saga && (status ?? each.status) === each.status && (tenant ?? each.tenant) === each.tenant,
      )
      .sort(newestFirst);
    const place = after === undefined ? undefined : readPlace(after);
    const from = place === undefined ? 0 : wanted.findIndex((each) => newestFirst(each, place) > 0);
    const items = from < 0 ? [] : wanted.slice(from, from + limit);
    const last = items.at(-1);
    if (!last || last === wanted.at(-1)) return { items };
    return { items, next: writePlace(last) };
  }

  stats(now: number): SagaStats {
    const counts = Map.groupBy(this.#all.values(), ({ said, status }) => JSON.stringify([said.saga, status]));
    let oldest = now;
    for (const { dueAt } of this.#open) oldest = Math.min(oldest, dueAt);
    return {
      counts: Array.from(counts.values(), ([first, ...rest]): SagaCount => {
        const { said, status } = first as KeptSaga;
        return { saga: said.saga, status, count: 1 + rest.length };
      }),
      oldestDueMs: now - oldest,
      unpublished: this.outbox.size,
    };
  }

  ask(id: string, request: SagaRequest, from: readonly SagaStatus[], to: OpenedStatus | undefined, now: number): SagaStatus | undefined {
    const saga = this.#all.get(id);
    const status = saga?.status;
    if (!saga || !status || isOver(status) || !from.includes(status)) return status;
    saga.asked.push(request);
    if (to && to !== status) {
      this.#keys.leaveLine(saga);
      saga.status = to;
    }
    if (saga.owner === undefined) saga.giveBack(now);
    return status;
  }

  forget(before: number, max: number): number {
    const old = this.#all
      .values()
      .filter(({ endedAt = never }) => endedAt < before)
      .take(max)
      .toArray();
    for (const { said } of old) this.#all.delete(said.id);
    return old.length;
  }

  #held(worker: string, { id, fence }: Holding): KeptSaga | undefined {
    const saga = this.#all.get(id);
    return saga?.isHeldBy(worker, fence) ? saga : undefined;
  }

  #end(saga: KeptSaga, now: number): void {
    saga.giveBack(never);
    saga.endedAt = now;
    this.#open.delete(saga);
    const next = this.#keys.passOn(saga);
    if (!next) return;
    next.status = 'running';
    next.giveBack(now);
  }
}
