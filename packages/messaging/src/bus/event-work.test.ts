import { type AnyLayer, Call, coreError, everyTenant, exponential, timeout } from '@tutti/core';
import { describe, expect, it } from 'vitest';
import { placed, shop, ways } from '../../test/shop.ts';
import { testEvent } from '../testing/event-transport-subject.ts';

describe.each(ways)('a delivery that is %s', (way) => {
  it('gives the handler the event and a call that carries its identity, stable over attempts', async () => {
    const { bus, runtime, pass } = shop(way);
    const shopBus = await bus();
    const calls: Call[] = [];
    const handler = async (_event: unknown, call: Call): Promise<void> => {
      calls.push(call);
      if (call.attempt === 1) throw new Error('not yet');
    };
    shopBus.subscribe('order.placed', handler, 'billing', { backoff: exponential({ initial: '1s', jitter: 0 }) });
    const cause = Call.root({ runtime, tenant: 'acme', principal: 'ada', deadline: runtime.clock.now() + 10 });
    await shopBus.publish({ ...placed('o-1'), id: 'e-1' }, cause);
    await pass(1_000);
    expect(calls.map(({ attempt }) => attempt)).toEqual([1, 2]);
    for (const call of calls) {
      expect([call.tenant, call.principal, call.correlationId, call.traceparent]).toEqual([
        'acme',
        'ada',
        cause.correlationId,
        cause.traceparent,
      ]);
      expect([call.idempotencyKey, call.deadline]).toEqual(['billing/order.placed/shop/e-1', Number.POSITIVE_INFINITY]);
    }
  });

  it('retries at the times of the backoff and then makes a dead letter with all that is known', async () => {
    const { bus, runtime, pass } = shop(way);
    const shopBus = await bus();
    const startedAt = runtime.clock.now();
    const attemptsAt: number[] = [];
    const handler = (): never => {
      attemptsAt.push(runtime.clock.now() - startedAt);
      throw Object.assign(new Error('out of paper'), { code: 'E_PAPER' });
    };
    shopBus.subscribe('order.placed', handler, 'billing', { backoff: exponential({ initial: '1s', max: '1m', jitter: 0 }) });
    await shopBus.publish({ ...placed('o-1'), id: 'e-1' });
    await pass(60_000);
    expect(attemptsAt).toEqual([0, 1_000, 3_000, 7_000, 15_000]);
    expect((await shopBus.deadLetters.list({ tenant: everyTenant, limit: 10 })).items).toEqual([
      {
        id: expect.any(String),
        group: 'billing',
        pattern: 'order.placed',
        reason: 'attempts',
        failure: { message: 'out of paper', code: 'E_PAPER', stack: expect.stringContaining('event-work.test.ts') },
        attempts: 5,
        firstFailedAt: '2023-11-14T22:13:20.000Z',
        lastFailedAt: '2023-11-14T22:13:35.000Z',
        event: expect.objectContaining({ id: 'e-1', subject: 'o-1' }),
      },
    ]);
  });

  it('gives up at once what no attempt can mend, and handles it again when it is replayed', async () => {
    const { bus, pass } = shop(way);
    const shopBus = await bus();
    let broken = true;
    const attempts: number[] = [];
    const handler = (_event: unknown, call: Call): void => {
      attempts.push(call.attempt);
      if (broken) throw coreError('INVALID_DATA', { path: 'address', problem: 'is unknown' });
    };
    shopBus.subscribe('order.placed', handler, 'billing');
    await shopBus.publish(placed('o-1'));
    await pass(60_000);
    const [letter] = (await shopBus.deadLetters.list({ tenant: everyTenant, limit: 10 })).items;
    expect([letter?.reason, letter?.failure.code, letter?.attempts]).toEqual(['final', 'INVALID_DATA', 1]);
    broken = false;
    expect(await shopBus.deadLetters.replay({ tenant: everyTenant, ids: [String(letter?.id)] })).toEqual({ matched: 1, done: 1 });
    await pass(0);
    expect(attempts).toEqual([1, 1]);
  });

  it.each([
    ['is no event at all', { ...testEvent('x', { type: 'order.placed' }), json: 'not JSON' }, 'schema', 'MESSAGING_BAD_ENVELOPE'],
    [
      'is of another specification',
      testEvent('x', { type: 'order.placed', specversion: '0.3' as '1.0' }),
      'schema',
      'MESSAGING_BAD_ENVELOPE',
    ],
    ['lacks its source', { ...testEvent('x', { type: 'order.placed', source: '' }) }, 'schema', 'MESSAGING_BAD_ENVELOPE'],
    ['has data that the schema refuses', testEvent('x', { type: 'order.placed', data: { orderId: 1 } }), 'schema', 'INVALID_DATA'],
    ['is of a type that the catalogue does not have', testEvent('x', { type: 'order.vanished' }), 'unknown-type', 'MESSAGING_UNKNOWN_TYPE'],
  ])('never calls a handler for what %s: it becomes a dead letter', async (_what, stored, reason, code) => {
    const { bus, store, runtime, pass } = shop(way);
    const shopBus = await bus();
    const called: unknown[] = [];
    shopBus.subscribe('order.*', (each) => void called.push(each), 'billing');
    await pass(0);
    const outsider = store.join();
    await outsider.connect(runtime);
    await outsider.append([stored]);
    await pass(60_000);
    expect((await shopBus.deadLetters.list({ tenant: everyTenant, limit: 10 })).items).toMatchObject([
      { reason, attempts: 1, failure: { code } },
    ]);
    expect(called).toEqual([]);
  });

  it('surrounds the handler with the layers it is given', async () => {
    const { bus, pass } = shop(way);
    const shopBus = await bus();
    const seen: string[] = [];
    const traced: AnyLayer = (next) => async (input, call) => {
      seen.push('before');
      return next(input, call);
    };
    shopBus.subscribe('order.placed', () => new Promise<void>(() => seen.push('handler')), 'billing', {
      layers: [traced, timeout({ operation: 'billing', timeout: '5s' })],
      maxAttempts: 1,
    });
    await shopBus.publish(placed('o-1'));
    await pass(5_000);
    expect(seen).toEqual(['before', 'handler']);
    expect((await shopBus.deadLetters.list({ tenant: everyTenant, limit: 1 })).items).toMatchObject([
      { reason: 'attempts', failure: { code: 'TIMEOUT' } },
    ]);
  });

  it('that ended without a word from its member as often as attempts are allowed is given up unhandled', async () => {
    const { bus, store, runtime, pass } = shop(way);
    const crashing = store.join();
    await crashing.connect(runtime);
    const feed = await crashing.open({
      group: 'billing',
      pattern: 'order.placed',
      from: 'now',
      leaseMs: 1_000,
      ordered: false,
      inbox: undefined,
    });
    await crashing.append([testEvent('x', { type: 'order.placed', data: { orderId: 'poison' } })]);
    for (let crash = 0; crash < 2; crash++) {
      await feed.receive(1, 0, new AbortController().signal);
      await pass(1_000);
    }
    const shopBus = await bus();
    const handled: string[] = [];
    shopBus.subscribe('order.placed', ({ data }) => void handled.push(data.orderId), 'billing', { maxAttempts: 2 });
    await pass(0);
    const { items } = await shopBus.deadLetters.list({ tenant: everyTenant, limit: 1 });
    expect(items).toMatchObject([{ reason: 'no-outcome', attempts: 3, failure: { code: 'MESSAGING_NO_OUTCOME' } }]);
    expect(handled).toEqual([]);
  });
});
