import { randomUUID } from 'node:crypto';
import { Call, defineEvents, event, everyTenant, exponential, TerminalError, timeout } from '@tutti/core';
import { atFullSize, eventually } from '@tutti/core/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { describeWith } from '../../../tools/services/needs.ts';
import { EventBus, type SubscribeOptions } from '../src/index.ts';
import { type Place, places } from './places.ts';
import { quietRuntime } from './rabbit-subject.ts';
import { placed, events as shopEvents } from './shop.ts';

/** The third version of a person. */
const events = {
  ...shopEvents,
  ...defineEvents({
    'person.moved': event(z.object({ name: z.string(), town: z.string(), land: z.string() }), {
      version: 3,
      upcast: { 1: (person: object) => ({ ...person, town: 'unknown' }), 2: (person: object) => ({ ...person, land: 'unknown' }) },
    }),
  }),
};
type Bus = EventBus<typeof events>;

const quickly = { backoff: exponential({ initial: '10ms', jitter: 0 }) };
const patienceMs = 60_000;

/** What a bus promises, in real time and on real stores; what the transports promise it is in their laws. */
function promises(start: () => Promise<Place>): void {
  let place: Place;
  let name = '';
  const buses: Bus[] = [];
  beforeAll(async () => {
    place = await start();
  }, 90_000);
  afterEach(async () => {
    for (const bus of buses.splice(0)) await bus.stop();
  });
  afterAll(() => place?.stop());

  async function newBus(fresh = true): Promise<Bus> {
    if (fresh) name = `p${randomUUID().slice(0, 8)}`;
    const inbox = place.inbox(name);
    const bus = new EventBus({ events, transport: place.member(name), runtime: quietRuntime, ...(inbox && { inbox }) });
    buses.push(bus);
    await bus.start();
    return bus;
  }
  const lettersOf = async (bus: Bus) => (await bus.deadLetters.list({ tenant: everyTenant, limit: 1_000 })).items;
  const givenUp = (bus: Bus, count: number) =>
    eventually(
      `${count} are given up`,
      async () => {
        const letters = await lettersOf(bus);
        return letters.length >= count && letters;
      },
      patienceMs,
      100,
    );
  const countsOf = async (bus: Bus) => (await bus.resources()[0]?.list({ limit: 1 }))?.items[0]?.['counts'];
  const atRest = (bus: Bus): Promise<unknown> =>
    eventually(
      'nothing waits or runs',
      async () => (await bus.stats()).every(({ waiting, running, delayed }) => waiting + running + delayed === 0),
      patienceMs,
      100,
    );
  /** A subscription that exists and has no member: what is published waits. */
  async function backlog(bus: Bus): Promise<void> {
    const subscription = bus.subscribe('order.placed', () => {}, 'billing');
    await subscription.ready();
    await subscription.stop();
  }

  it('a filter lets fifty of a hundred through; the others are acknowledged and counted', async () => {
    const bus = await newBus();
    const heard: number[] = [];
    bus.subscribe('order.placed', ({ data }) => void heard.push(data.items), 'billing', { filter: { 'data.items': { lt: 50 } } });
    await Promise.all(Array.from({ length: 100 }, (_, items) => bus.publish({ ...placed(`o-${items}`), data: { orderId: 'o', items } })));
    await atRest(bus);
    expect(heard.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, items) => items));
    expect(await countsOf(bus)).toMatchObject({ handled: 50, filtered: 50, failed: 0 });
  });

  it('a hundred urgent events come before the 150th delivery though nine hundred waited before them', async () => {
    const bus = await newBus();
    await backlog(bus);
    const publish = (priority: 'low' | 'high', count: number): Promise<unknown> =>
      Promise.all(Array.from({ length: count }, () => bus.publish({ ...placed(priority), priority })));
    await publish('low', 900);
    await publish('high', 100);
    const heard: string[] = [];
    bus.subscribe('order.placed', ({ data }) => void heard.push(data.orderId), 'billing', { concurrency: 1, inbox: false });
    await eventually('everything is handled', () => heard.length >= 1_000, patienceMs);
    expect(heard.slice(0, 149).filter((priority) => priority === 'high')).toHaveLength(100);
    expect(heard).toHaveLength(1_000);
  });

  it('what always fails becomes one dead letter that tells all, and what can be handled is', async () => {
    const bus = await newBus();
    const attempts: number[] = [];
    const others: string[] = [];
    const handler = ({ data }: { data: { orderId: string } }, call: Call): void => {
      if (data.orderId !== 'bad') return void others.push(data.orderId);
      attempts.push(call.attempt);
      throw Object.assign(new Error('out of paper'), { code: 'E_PAPER' });
    };
    bus.subscribe('order.placed', handler, 'billing', quickly);
    bus.subscribe('order.placed', ({ data }) => void others.push(data.orderId), 'audit');
    for (const orderId of ['good', 'bad', 'fine']) await bus.publish(placed(orderId));
    const [letter, ...more] = await givenUp(bus, 1);
    await atRest(bus);
    expect(attempts).toEqual([1, 2, 3, 4, 5]);
    expect(others.toSorted()).toEqual(['bad', 'fine', 'fine', 'good', 'good']);
    expect(more).toEqual([]);
    expect(letter).toMatchObject({
      ...{ group: 'billing', pattern: 'order.placed', reason: 'attempts', attempts: 5 },
      failure: { message: 'out of paper', code: 'E_PAPER', stack: expect.stringContaining('promises.e2e.test') },
    });
    expect(Date.parse(String(letter?.lastFailedAt))).toBeGreaterThan(Date.parse(String(letter?.firstFailedAt)));
  });

  it('a replay of forty of a hundred dead letters is handled once each, with the same ids, and sixty stay', async () => {
    const bus = await newBus();
    const handled: string[] = [];
    const state = { broken: true };
    bus.subscribe(
      'order.placed',
      ({ id, replayedfrom }) => {
        if (state.broken) throw new TerminalError('no such street');
        handled.push(`${id} ${typeof replayedfrom}`);
      },
      'billing',
    );
    const acme = Call.root({ tenant: 'acme' });
    await Promise.all(Array.from({ length: 100 }, (_, at) => bus.publish({ ...placed('o'), id: `e-${at}` }, at < 40 ? acme : undefined)));
    await givenUp(bus, 100);
    state.broken = false;
    expect(await bus.deadLetters.replay({ tenant: 'acme' }, { dryRun: true })).toEqual({ matched: 40, done: 0 });
    expect(await bus.deadLetters.replay({ tenant: 'acme' })).toEqual({ matched: 40, done: 40 });
    await atRest(bus);
    expect(handled.toSorted()).toEqual(Array.from({ length: 40 }, (_, at) => `e-${at} string`).toSorted());
    expect(await lettersOf(bus)).toHaveLength(60);
  });

  it('an event that is stored five times is handled once, also by a bus that comes later', async () => {
    const bus = await newBus();
    const handled: string[] = [];
    const hear = (on: Bus) => on.subscribe('order.placed', ({ id }) => void handled.push(id), 'billing', keeps ? {} : { inbox: true });
    const keeps = place.member(name).capabilities.durable;
    await hear(bus).ready();
    const { event: again } = {
      event: JSON.stringify({ specversion: '1.0', id: 'e', source: 'shop', type: 'order.placed', data: { orderId: 'o' } }),
    };
    for (let times = 0; times < 5; times++) await place.inject(name, 'order.placed', again);
    await bus.publish({ ...placed('o'), id: 'last' });
    await eventually('the last is handled', () => handled.includes('last'), patienceMs);
    await atRest(bus);
    expect(handled.toSorted()).toEqual(['e', 'last']);
    expect(await countsOf(bus)).toMatchObject({ handled: 2, duplicates: 4 });
    if (!keeps) return; // what is in memory ends with it
    await bus.stop();
    const next = await newBus(false);
    await hear(next).ready();
    await place.inject(name, 'order.placed', again);
    await next.publish({ ...placed('o'), id: 'later' });
    await eventually('the later one is handled', () => handled.includes('later'), patienceMs);
    await atRest(next);
    expect(handled.toSorted()).toEqual(['e', 'last', 'later']);
  });

  it('an event that is published twice under one id is stored once, and the second publish says so', async () => {
    const bus = await newBus();
    const handled: string[] = [];
    bus.subscribe('order.placed', ({ id }) => void handled.push(id), 'billing', { inbox: false });
    expect(await bus.publish({ ...placed('o'), id: 'e' })).toEqual({ id: 'e', duplicate: false });
    expect(await bus.publish({ ...placed('o'), id: 'e' })).toEqual({ id: 'e', duplicate: true });
    await bus.publish({ ...placed('o'), id: 'next' });
    await eventually('the next is handled', () => handled.includes('next'), patienceMs);
    expect(handled).toEqual(['e', 'next']);
  });

  it('refuses wrong data with its path, and gives up what strangers wrote without a call of the handler', async () => {
    const bus = await newBus();
    const handled: string[] = [];
    await bus.subscribe('order.placed', ({ id }) => void handled.push(id), 'billing').ready();
    await expect(bus.publish({ ...placed('o'), data: { orderId: 'o', items: 1.5 } })).rejects.toMatchObject({
      code: 'INVALID_DATA',
      details: { path: 'order.placed.items' },
    });
    const envelope = { specversion: '1.0', source: 'outside', type: 'order.placed' };
    const strange = [
      '{"specversion":"1.0", br\u{1F4A5}ken',
      '"a text"',
      '[]',
      '{}',
      JSON.stringify({ ...envelope, id: 'x', data: { orderId: 7 } }),
    ];
    for (const text of strange) await place.inject(name, 'order.placed', text);
    await bus.publish({ ...placed('o'), id: 'good' });
    await eventually('the good one is handled', () => handled.length > 0, patienceMs);
    const letters = await givenUp(bus, strange.length);
    expect(letters.map(({ reason, attempts }) => `${reason} ${attempts}`)).toEqual(strange.map(() => 'schema 1'));
    expect(handled).toEqual(['good']);
  });

  it('an event of the first version is heard as the third; one of a version without a way there is given up', async () => {
    const bus = await newBus();
    const heard: unknown[] = [];
    await bus.subscribe('person.moved', ({ data }) => void heard.push(data), 'post').ready();
    const stored = (id: string, dataversion: number): string =>
      JSON.stringify({ specversion: '1.0', id, source: 'town', type: 'person.moved', dataversion, data: { name: 'Ada' } });
    await place.inject(name, 'person.moved', stored('old', 1));
    await place.inject(name, 'person.moved', stored('newer', 4));
    const [letter] = await givenUp(bus, 1);
    await eventually('the other is heard', () => heard.length > 0);
    expect(heard).toEqual([{ name: 'Ada', town: 'unknown', land: 'unknown' }]);
    expect([letter?.reason, letter?.failure.code]).toEqual(['version', 'MESSAGING_NO_UPCASTER']);
  });

  it('who comes later hears everything from the beginning, and who was off for a while catches up', async () => {
    const bus = await newBus();
    const heard: string[] = [];
    const hear = (group: string, options: SubscribeOptions) =>
      bus.subscribe('order.placed', ({ id }) => void heard.push(`${group} ${id}`), group, options as object);
    const off = hear('off', {});
    await off.ready();
    await off.stop();
    for (let at = 0; at < 10; at++) await bus.publish({ ...placed('o'), id: `e${at}` });
    hear('late', { from: 'beginning' });
    hear('off', {});
    await eventually('both have heard everything', () => heard.length >= 20, patienceMs);
    expect(heard.toSorted()).toEqual(['late', 'off'].flatMap((group) => Array.from({ length: 10 }, (_, at) => `${group} e${at}`)));
  });

  it('a handler that hangs is ended by its timeout, and holds up nobody', async () => {
    const bus = await newBus();
    const heard: string[] = [];
    const hang = ({ data }: { data: { orderId: string } }): Promise<void> | void => {
      if (data.orderId === 'hang') return new Promise(() => {});
      heard.push(data.orderId);
    };
    const layers = [timeout({ operation: 'billing', timeout: '200ms' })];
    bus.subscribe('order.placed', hang, 'billing', { ...quickly, maxAttempts: 2, layers });
    for (const orderId of ['hang', 'a', 'b']) await bus.publish(placed(orderId));
    await eventually('the others are heard', () => heard.length === 2, patienceMs);
    expect(await givenUp(bus, 1)).toMatchObject([{ reason: 'attempts', attempts: 2, failure: { code: 'TIMEOUT' } }]);
  });

  it('one trace and one correlation go from the first call to the third handler', async () => {
    const bus = await newBus();
    const calls: Call[] = [];
    const hop = (next: 'order.cancelled' | 'user.created' | undefined) => async (_event: unknown, call: Call) => {
      calls.push(call);
      if (next === 'order.cancelled') await bus.publish({ type: next, source: 'shop', data: { orderId: 'o', reason: 'r' } }, call);
      if (next === 'user.created') await bus.publish({ type: next, source: 'shop', data: { userId: 'u' } }, call);
    };
    bus.subscribe('order.placed', hop('order.cancelled'), 'first');
    bus.subscribe('order.cancelled', hop('user.created'), 'second');
    bus.subscribe('user.created', hop(undefined), 'third');
    const call = Call.root({ tenant: 'acme', tracestate: 'a=b', baggage: 'plan=gold' });
    await bus.publish(placed('o'), call);
    await eventually('the third has heard', () => calls.length === 3, patienceMs);
    for (const { traceparent, tracestate, baggage, correlationId, tenant } of calls) {
      expect(traceparent.slice(0, 35)).toBe(call.traceparent.slice(0, 35));
      expect([tracestate, baggage, correlationId, tenant]).toEqual(['a=b', 'plan=gold', call.correlationId, 'acme']);
    }
  });
}

describe('a bus in memory', () => promises(places.memory));
describe('a bus on SQLite', () => promises(places.sqlite));
describeWith('redis-server', 'a bus on Redis', () => promises(places.redis));
describeWith('rabbitmq-server', 'a bus at RabbitMQ', () =>
  describe.skipIf(!atFullSize())('keeps them (at full size only: npm run test:faults)', () => promises(places.rabbitmq)),
);
