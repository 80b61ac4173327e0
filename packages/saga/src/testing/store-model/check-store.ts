import assert from 'node:assert/strict';
import { TuttiError } from '@tutti/core';
import { isOver, isParked, type SagaStatus } from '../../store/saga-record.ts';
import type { Checkpoint, SagaStore } from '../../store/saga-store.ts';
import { entry, event, known, long, newSaga, request, type SagaStoreSubject } from '../saga-store-subject.ts';
import type { ModelCommand, Span } from './model-command.ts';
import { type ModelledSaga, ModelledStore, never } from './modelled-store.ts';

export interface CheckStoreOptions {
  /** Time stands still but for `pass`, so that what is held for a short while is surely held until then. @defaultValue false */
  readonly exactTime?: boolean;
}

type Of<D extends ModelCommand['do']> = Extract<ModelCommand, { readonly do: D }>;

/**
 * Asks a store, which is open and has nothing in it, one command after the other, and compares what it says and what is in it with the
 * contract. @throws AssertionError for the first that differs
 */
export async function checkStoreAgainstModel(
  subject: SagaStoreSubject,
  commands: readonly ModelCommand[],
  options: CheckStoreOptions = {},
): Promise<void> {
  const run = new ModelRun(subject, options.exactTime ?? false);
  for (const [index, command] of commands.entries()) {
    try {
      await run.play(command);
      await run.compare();
    } catch (error) {
      if (error instanceof Error) error.message = `after command ${index + 1}, ${JSON.stringify(command)}: ${error.message}`;
      throw error;
    }
  }
}

const idOf = (saga: number): string => `saga-${saga}`;
const nameOf = (worker: number): string => `worker-${worker}`;

class ModelRun {
  readonly #model = new ModelledStore();
  readonly #subject: SagaStoreSubject;
  readonly #store: SagaStore;
  readonly #exact: boolean;
  #count = 0;

  constructor(subject: SagaStoreSubject, exact: boolean) {
    this.#subject = subject;
    this.#store = subject.store;
    this.#exact = exact;
  }

  play(command: ModelCommand): Promise<void> {
    const plays: { readonly [D in ModelCommand['do']]: (command: Of<D>) => Promise<void> } = {
      create: (one) => this.#create(one),
      claim: (one) => this.#claim(one),
      checkpoint: (one) => this.#checkpoint(one),
      again: (one) => this.#again(one),
      renew: (one) => this.#renew(one),
      ask: (one) => this.#ask(one),
      forget: () => this.#forget(),
      take: (one) => this.#take(one),
      drop: (one) => this.#drop(one),
      pass: () => this.#pass(),
    };
    return (plays[command.do] as (one: ModelCommand) => Promise<void>)(command);
  }

  /** What is in the store is what the model has, of every saga. */
  async compare(): Promise<void> {
    for (const { id, status, fence, owner, entries, asked } of this.#model.sagas.values()) {
      const record = await this.#store.desk.load(id);
      const kept = record && [record.status, record.fence, record.owner, record.entries.map(({ seq }) => seq), record.asked.length];
      assert.deepEqual(kept, [status, fence, owner, Array.from({ length: entries }, (_, index) => index + 1), asked], id);
    }
    const { counts, unpublished } = await this.#store.desk.stats();
    const sum = (wanted: SagaStatus): number => counts.filter(({ status }) => status === wanted).reduce((all, { count }) => all + count, 0);
    const own = Map.groupBy(this.#model.sagas.values(), ({ status }) => status);
    for (const [status, sagas] of own) assert.equal(sum(status), sagas.length, `so many are ${status}`);
    assert.equal(unpublished, this.#model.outbox.length, 'events in the outbox');
  }

  #ms(span: Span): number {
    return span === 'short' ? this.#subject.leaseMs : long;
  }

  #until(span: Span): number {
    return span === 'short' ? this.#model.now + 1 : never;
  }

  #event(wanted: boolean): readonly ReturnType<typeof event>[] {
    return wanted ? [event(`e${++this.#count}`)] : [];
  }

  async #create({ saga, key, holder, span, whenLocked, queued, event: wanted }: Of<'create'>): Promise<void> {
    const id = idOf(saga);
    const lockKey = key === undefined ? undefined : `key-${key}`;
    const { now } = await this.#store.claim({ worker: 'clock', leaseMs: long, max: 0, known });
    const events = this.#event(wanted);
    const created = await this.#store.create(newSaga(id, lockKey === undefined ? {} : { lockKey }), {
      whenLocked,
      ...(holder !== undefined && { hold: { worker: nameOf(holder), leaseMs: this.#ms(span) } }),
      ...(queued === 'short' && { queuedUntil: now + this.#subject.leaseMs }),
      events,
    });
    const locker = this.#model.holderOf(lockKey);
    if (this.#model.sagas.has(id)) return assert.equal(created.created, false, 'the id is taken');
    assert.equal(created.lockedBy, locker?.id, 'who has the key');
    assert.equal(created.created, !locker || whenLocked === 'queue');
    if (!created.created) return;
    this.#model.create(
      id,
      lockKey,
      holder === undefined ? undefined : { owner: nameOf(holder), until: this.#until(span) },
      this.#until(queued),
    );
    this.#model.outbox.push(...events.map((one) => one.id));
  }

  async #claim({ worker, max, span }: Of<'claim'>): Promise<void> {
    const name = nameOf(worker);
    const unanswered = [...this.#model.sagas.values()].filter(({ owner, asked, answered }) => owner === name && asked > answered);
    const { sagas, asked } = await this.#store.claim({ worker: name, leaseMs: this.#ms(span), max, known });
    const sure = this.#model.due();
    const possible = this.#exact ? sure : this.#model.due(this.#model.now + 1);
    assert.ok(sagas.length >= Math.min(max, sure.length), `${sure.length} are due, and ${sagas.length} of at most ${max} were given`);
    assert.ok(sagas.length <= max);
    const taken = new Map<ModelledSaga, number>();
    for (const record of sagas) {
      const saga = possible.find(({ id }) => id === record.id);
      assert.ok(saga, `${record.id} is not due`);
      const { status, entries, fence } = saga;
      assert.deepEqual([record.status, record.entries.length, record.fence], [status, entries, fence + 1], record.id);
      assert.deepEqual([record.owner, record.takenFrom], [name, saga.owner], record.id);
      taken.set(saga, saga.due);
      this.#model.claim(saga, name, this.#until(span));
    }
    const left = sure.filter((saga) => !taken.has(saga));
    const [latest, earliest] = [Math.max(...taken.values()), Math.min(...left.map(({ due }) => due))];
    assert.ok(!this.#exact || taken.size === 0 || latest <= earliest, 'one that has been due for longer was passed by');
    for (const { id } of unanswered)
      if (!sagas.some((record) => record.id === id)) assert.ok(asked.includes(id), `${id} waits for an answer`);
    for (const id of asked) {
      const saga = this.#model.sagas.get(id);
      assert.ok(saga?.owner === name && saga.asked > saga.answered, `${id} waits for no answer of ${name}`);
    }
  }

  async #checkpoint(given: Of<'checkpoint'>): Promise<void> {
    const saga = this.#model.sagas.get(idOf(given.saga));
    if (!saga) return;
    const { status, entries, asked, answered, fence, owner } = saga;
    const now = (await this.#store.claim({ worker: 'clock', leaseMs: long, max: 0, known })).now;
    const holds = given.by === 'holder' && owner !== undefined;
    const checkpoint: Checkpoint = {
      name: 'any',
      id: saga.id,
      worker: given.by === 'stranger' ? 'stranger' : (owner ?? 'nobody'),
      fence: given.by === 'zombie' ? fence - 1 : fence,
      status: legalStatus(status, given.to),
      entries: Array.from({ length: given.entries }, (_, index) => entry(entries + 1 + index, 'done', { step: `s${this.#count}` })),
      answered: given.answers ? asked : answered,
      events: this.#event(given.event),
      ...(given.leave && { dueAt: given.leave === 'now' ? 0 : now + this.#ms(given.leave) }),
    };
    const outcome = await this.#store.checkpoint(checkpoint).then(() => 'written', codeOf);
    assert.equal(outcome, holds ? 'written' : 'SAGA_FENCED');
    if (!holds) return;
    saga.last = checkpoint;
    this.#model.checkpoint(saga, checkpoint, given.leave && (given.leave === 'now' ? this.#model.now : this.#until(given.leave)));
  }

  /** Whoever holds it changes nothing; who gave it back may be told either. */
  async #again({ saga: number }: Of<'again'>): Promise<void> {
    const saga = this.#model.sagas.get(idOf(number));
    if (!saga?.last) return;
    const { status, answered, events = [] } = saga.last;
    // what has changed since, or was published since, would not be the same once more
    if (status !== saga.status || answered !== saga.answered || events.some(({ id }) => !this.#model.outbox.includes(id))) return;
    const outcome = await this.#store.checkpoint(saga.last).then(() => 'written', codeOf);
    const holds = saga.owner === saga.last.worker && saga.fence === saga.last.fence;
    assert.ok(outcome === 'written' || (!holds && outcome === 'SAGA_FENCED'), outcome);
  }

  async #renew({ worker, span }: Of<'renew'>): Promise<void> {
    const name = nameOf(worker);
    const all = [...this.#model.sagas.values()];
    const leaseMs = span === 'free' ? 0 : this.#ms(span);
    const { lost } = await this.#store.renew(
      name,
      all.map(({ id, fence }) => ({ id, fence })),
      leaseMs,
    );
    const others = all.filter(({ owner }) => owner !== name);
    assert.deepEqual(lost.toSorted(), others.map(({ id }) => id).toSorted());
    for (const saga of all) if (saga.owner === name) this.#model.renew(saga, span === 'free' ? undefined : this.#until(span));
  }

  async #ask({ saga: number, from }: Of<'ask'>): Promise<void> {
    const id = idOf(number);
    const saga = this.#model.sagas.get(id);
    const statuses: readonly SagaStatus[] = from === 'open' ? ['queued', 'running', 'compensating'] : ['stuck', 'compensation_failed'];
    const to = from === 'open' ? undefined : saga?.status === 'stuck' ? 'running' : 'compensating';
    const had = await this.#store.desk.ask(id, request('cancel', { reason: `${++this.#count}` }), statuses, to);
    assert.equal(had, saga?.status);
    if (saga && statuses.includes(saga.status)) this.#model.ask(saga, to);
  }

  async #forget(): Promise<void> {
    const { now } = await this.#store.claim({ worker: 'clock', leaseMs: long, max: 0, known });
    const forgotten = await this.#store.desk.forget(now, 1_000);
    let gone = 0;
    for (const saga of [...this.#model.sagas.values()]) {
      if (saga.endedAt === undefined || (await this.#store.desk.load(saga.id))) {
        assert.ok(saga.endedAt === undefined || saga.endedAt >= this.#model.now, `${saga.id} should be forgotten`);
        continue;
      }
      assert.ok(!this.#exact || saga.endedAt < this.#model.now, `${saga.id} should not be forgotten`);
      this.#model.sagas.delete(saga.id);
      gone++;
    }
    assert.equal(forgotten, gone);
  }

  async #take({ worker, max, span }: Of<'take'>): Promise<void> {
    const name = nameOf(worker);
    const { publishing, outbox, now } = this.#model;
    const own = this.#exact ? span : 'long';
    const events = await this.#store.outbox.take(name, this.#ms(own), max);
    const busy = publishing && publishing.worker !== name && publishing.until > now && publishing.ids.length > 0;
    const wanted = busy ? [] : outbox.slice(0, max);
    assert.deepEqual(
      events.map(({ id }) => id),
      wanted,
    );
    if (!busy) this.#model.publishing = { worker: name, ids: wanted, until: this.#until(own) };
  }

  async #drop({ count }: Of<'drop'>): Promise<void> {
    const { publishing, outbox } = this.#model;
    const ids = publishing?.ids.splice(0, count) ?? [];
    if (!publishing || ids.length === 0) return;
    await this.#store.outbox.drop(publishing.worker, ids);
    for (const id of ids) if (outbox.includes(id)) outbox.splice(outbox.indexOf(id), 1);
  }

  async #pass(): Promise<void> {
    await this.#subject.pass(this.#subject.leaseMs);
    this.#model.now++;
  }
}

const codeOf = (error: unknown): string => (TuttiError.is(error) ? error.code : String(error));

/** Nobody goes from back to forward, and one that was queued when it was claimed only ends. */
function legalStatus(status: SagaStatus, to: Of<'checkpoint'>['to']): SagaStatus {
  if (status === 'queued') return 'compensated';
  if (to === 'same' || isOver(status) || isParked(status)) return status;
  return to === 'running' ? status : to;
}
