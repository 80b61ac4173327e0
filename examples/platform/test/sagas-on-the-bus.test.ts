import { defineEvents, type EventSubscriber, event, everyTenant, exponential, sleep } from '@tutti/core';
import { faulty, type TestRuntime, testRuntime } from '@tutti/core/testing';
import { EventBus, memoryTransport } from '@tutti/messaging';
import {
  type AnySaga,
  defineSaga,
  memoryStore,
  type SagaBus,
  SagaOrchestrator,
  type SagaOrchestratorOptions,
  type SagaStore,
  sagaEvents,
  terminal,
} from '@tutti/saga';
import { sqliteStore } from '@tutti/saga/sqlite';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const about = z.object({ documentId: z.string() });
const events = defineEvents({
  ...sagaEvents,
  'document.uploaded': event(about, { key: ({ documentId }) => documentId }),
  'document.read': event(about, { key: ({ documentId }) => documentId }),
  'document.unread': event(about, { key: ({ documentId }) => documentId }),
});
const upload = (documentId: string) =>
  ({ id: `upload of ${documentId}`, type: 'document.uploaded', source: 'desk', data: { documentId } }) as const;
const retry = { maxAttempts: 3, backoff: exponential({ initial: '1s', jitter: 0 }) };

/** Reads what was uploaded; refuses at the end where it is told to. */
const reading = defineSaga(events, 'reading', { input: about })
  .startOn('document.uploaded', ({ data }) => data)
  .step('read', {
    retry,
    run: ({ input, publish, attempt }) => {
      publish({ type: 'document.read', source: 'reading', data: input });
      if (attempt === 1) throw new Error('not now'); // what it has said is not out
      return input.documentId;
    },
    compensate: ({ input, publish }) => publish({ type: 'document.unread', source: 'reading', data: input }),
  })
  .step('file', { run: ({ input }) => (input.documentId === 'bad' ? Promise.reject(terminal('no room')) : 'filed') });

interface House {
  readonly runtime: TestRuntime;
  readonly bus: EventBus<typeof events>;
  /** Types and ids of what was heard, the orchestrator's own included. */
  readonly heard: (readonly [type: string, id: string])[];
  orchestrator(options?: Partial<SagaOrchestratorOptions<readonly AnySaga[]>>): Promise<SagaOrchestrator<readonly AnySaga[]>>;
  close(): Promise<void>;
}

async function house(store: SagaStore, amnesia: boolean): Promise<House> {
  const runtime = testRuntime();
  const bus = new EventBus({ events, transport: memoryTransport(), runtime });
  await bus.start();
  const heard: (readonly [string, string])[] = [];
  bus.subscribe('**', ({ type, id }) => void heard.push([type, id]), 'ears');
  const open: { stop(): Promise<void> }[] = [bus];
  return {
    runtime,
    bus,
    heard,
    async orchestrator(options = {}) {
      const sagas = new SagaOrchestrator<readonly AnySaga[]>({
        store,
        sagas: [reading],
        bus,
        runtime,
        amnesia,
        ...options,
      });
      await sagas.start();
      open.unshift(sagas);
      return sagas;
    },
    async close() {
      for (const one of open) {
        const stopping = one.stop();
        await runtime.clock.advance(20_000);
        await stopping;
      }
    },
  };
}

/** A bus whose consumers crash twice after they have done their work, before anybody hears of it. */
function crashing(bus: EventBus<typeof events>): SagaBus {
  const subscribe: EventSubscriber['subscribe'] = (type, handler, group) => {
    const crashes = new Map<string, number>();
    return bus.subscribe(
      type as 'document.uploaded',
      async (given, call) => {
        await handler(given, call);
        const count = (crashes.get(given.id) ?? 0) + 1;
        crashes.set(given.id, count);
        if (count < 3) throw new Error('died before it could say so');
      },
      group,
    );
  };
  return { publish: (draft, call) => bus.publish(draft as never, call), subscribe };
}

const stores: readonly (readonly [string, () => SagaStore, boolean])[] = [
  ['memory', () => memoryStore(), false],
  ['memory, in amnesia', () => memoryStore(), true],
  ['SQLite', () => sqliteStore({ path: ':memory:' }), false],
  ['SQLite, in amnesia', () => sqliteStore({ path: ':memory:' }), true],
];

describe.each(stores)('sagas and a bus, on %s', (_name, makeStore, amnesia) => {
  it('an event starts a saga once, though it is delivered three times', async () => {
    const own = await house(makeStore(), amnesia);
    const sagas = await own.orchestrator({ bus: crashing(own.bus) });
    await own.bus.publish(upload('a'));
    await own.bus.publish(upload('a'));
    await own.bus.publish(upload('b'));
    await own.runtime.clock.advance(30_000);
    const { items } = await sagas.list({ tenant: everyTenant, limit: 10 });
    expect(items.map(({ status }) => status)).toEqual(['completed', 'completed']);
    expect(own.heard.filter(([type]) => type === 'document.read')).toHaveLength(2);
    await own.close();
  });

  it('what a step says is out when its outcome is, under an id of its own, whatever the bus and the outbox lose', async () => {
    const store = makeStore();
    const own = await house(store, amnesia);
    const publishing = faulty<SagaBus>(own.bus, { plan: { calls: { publish: ['drop', 'fail', 'drop'] } } });
    const dropping = faulty(store.outbox, { plan: { calls: { drop: ['fail', 'drop', 'fail'] } } });
    const troubled = new Proxy(store, { get: (target, key) => (key === 'outbox' ? dropping.adapter : Reflect.get(target, key)) });
    const sagas = await own.orchestrator({ store: troubled, bus: publishing.adapter });
    const ids = [
      await sagas.startSaga('reading', { documentId: 'a' } as never),
      await sagas.startSaga('reading', { documentId: 'bad' } as never),
    ];
    await own.runtime.clock.advance(60_000);
    expect((await Promise.all(ids.map((id) => sagas.get(id)))).map(({ status }) => status)).toEqual(['completed', 'compensated']);
    expect(own.heard.toSorted()).toEqual(
      [
        ['document.read', `${ids[0]}/read/done/0`],
        ['document.read', `${ids[1]}/read/done/0`],
        ['document.unread', `${ids[1]}/read/undone/0`],
      ].toSorted(),
    );
    expect((await sagas.stats()).unpublished).toBe(0);
    await own.close();
  });

  it('tells what happens to sagas, once for each checkpoint, where it is to announce it', async () => {
    const own = await house(makeStore(), amnesia);
    const stuck = defineSaga(events, 'stuck', { input: about })
      .pivot('pay', { run: () => 1 })
      .step('send', { kind: 'retriable', run: () => Promise.reject(terminal('no address')) });
    const sagas = await own.orchestrator({ announce: true, sagas: [reading, stuck] });
    const ids = [];
    for (const documentId of ['a', 'bad']) ids.push(await sagas.startSaga('reading', { documentId } as never));
    const parked = await sagas.startSaga('stuck', { documentId: 'x' } as never);
    await own.runtime.clock.advance(30_000);
    const told = own.heard.filter(([type]) => type.startsWith('saga.'));
    const noted = await Promise.all([...ids, parked].map(async (id) => [id, await sagas.history(id)] as const));
    const checkpoints = noted.flatMap(([id, entries]) =>
      entries.filter(({ what }) => what === 'done').map(({ step }) => `${id}/${step}/saga.step.completed`),
    );
    expect(
      told
        .filter(([type]) => type === 'saga.step.completed')
        .map(([, id]) => id)
        .toSorted(),
    ).toEqual(checkpoints.toSorted());
    expect(
      told
        .map(([type]) => type)
        .filter((type) => type !== 'saga.step.completed')
        .toSorted(),
    ).toEqual(['saga.compensated', 'saga.completed', 'saga.parked', 'saga.step.undone']);
    await own.close();
  });

  it('an event that the bus refuses for good keeps no other from being published', async () => {
    const own = await house(makeStore(), amnesia);
    const strange = defineEvents({ ...events, 'document.lost': event(about) });
    const losing = defineSaga(strange, 'losing', { input: about }).step('lose', {
      run: ({ input, publish }) => publish({ type: 'document.lost', source: 'losing', data: input }),
    });
    const sagas = await own.orchestrator({ sagas: [losing, reading] });
    await sagas.startSaga('losing', { documentId: 'a' } as never);
    await sleepOn(own.runtime, 1_000);
    await sagas.startSaga('reading', { documentId: 'b' } as never);
    await own.runtime.clock.advance(30_000);
    expect(own.heard.map(([type]) => type)).toEqual(['document.read']);
    expect((await sagas.stats()).unpublished).toBe(1);
    await own.close();
  });
});

async function sleepOn({ clock }: TestRuntime, ms: number): Promise<void> {
  const slept = sleep(clock, ms);
  await clock.advance(ms);
  await slept;
}
