import assert from 'node:assert/strict';
import type { CloudEvent } from '@tutti/core';
import { type Law, withCode } from '@tutti/core/testing';
import type { Delivery, EventTransportCapabilities, Feed } from '../transport/event-transport.ts';
import { type EventTransportSubject, idOf, idsOf, join, look, openFeed, take, testEvent } from './event-transport-subject.ts';

const keyOf = ({ event }: Delivery): string | undefined => (event as CloudEvent).subject;

/** Everything that the feeds give, settled one by one in the order in which it came; gives the ids by key. */
async function drainInOrder(
  subject: EventTransportSubject,
  feeds: readonly Feed[],
  count: number,
): Promise<Map<string | undefined, string[]>> {
  const byKey = new Map<string | undefined, string[]>();
  for (let [taken, idle] = [0, 0]; taken < count; ) {
    const before = taken;
    for (const feed of feeds) {
      for (const delivery of await look(subject, feed, 12)) {
        const [accepted] = await feed.settle([{ kind: 'ack', receipt: delivery.receipt }]);
        assert.ok(accepted, 'what is settled in time and in its turn is accepted');
        byKey.set(keyOf(delivery), [...(byKey.get(keyOf(delivery)) ?? []), idOf(delivery)]);
        taken++;
      }
    }
    idle = taken === before ? idle + 1 : 0;
    assert.ok(idle < 50, `${taken} of ${count} events were given, and then none`);
  }
  return byKey;
}

/** Six events of each of four keys, and of none, in turns. */
const mixed = Array.from({ length: 30 }, (_, index) => {
  const key = index % 5;
  return testEvent(`k${key}.${Math.floor(index / 5)}`, key === 4 ? {} : { subject: `key-${key}` });
});
const storedOf = (key: number): string[] => Array.from({ length: 6 }, (_, index) => `k${key}.${index}`);

export const orderLaws: readonly Law<EventTransportSubject, EventTransportCapabilities>[] = [
  {
    id: 'EV-22',
    title: 'in an ordered subscription a key is in the hands of one member at a time, and comes in the order in which it was stored',
    requires: 'keyOrder',
    async run(subject) {
      const [one, two] = [await join(subject), await join(subject)];
      const feeds = [await openFeed(subject, one, { ordered: true }), await openFeed(subject, two, { ordered: true })];
      await one.append(mixed);
      const held = [await look(subject, feeds[0] as Feed, 10), await look(subject, feeds[1] as Feed, 10)];
      const holders = new Map<string, Set<number>>();
      for (const [member, deliveries] of held.entries()) {
        for (const delivery of deliveries) {
          const key = keyOf(delivery);
          if (key === undefined) continue;
          holders.set(key, (holders.get(key) ?? new Set()).add(member));
        }
        for (let key = 0; key < 4; key++) {
          const ids = idsOf(deliveries.filter((delivery) => keyOf(delivery) === `key-${key}`));
          assert.deepEqual(ids, storedOf(key).slice(0, ids.length), 'the oldest of a key come first');
        }
      }
      for (const [key, members] of holders) assert.equal(members.size, 1, `${key} is in the hands of ${members.size} members`);
      for (const [member, feed] of feeds.entries()) {
        for (const { receipt } of held[member] ?? []) assert.deepEqual(await feed.settle([{ kind: 'ack', receipt }]), [true]);
      }
      const rest = await drainInOrder(subject, feeds, mixed.length - held.flat().length);
      for (let key = 0; key < 4; key++) {
        const first = idsOf(held.flat().filter((delivery) => keyOf(delivery) === `key-${key}`));
        assert.deepEqual([...first, ...(rest.get(`key-${key}`) ?? [])], storedOf(key));
      }
    },
  },
  {
    id: 'EV-23',
    title: 'when a member of an ordered subscription falls silent, its keys go to another in their order, and what it says then is refused',
    requires: 'keyOrder',
    async run(subject) {
      const [one, two] = [await join(subject), await join(subject)];
      const silent = await openFeed(subject, one, { ordered: true });
      await one.append(mixed);
      const [first, ...held] = await take(silent, 5);
      assert.deepEqual(await silent.settle([{ kind: 'ack', receipt: (first as Delivery).receipt }]), [true]);
      const other = await openFeed(subject, two, { ordered: true });
      await subject.pass(subject.leaseMs + 1);
      const seen = await drainInOrder(subject, [other], mixed.length - 1);
      const done = (first as Delivery).event as CloudEvent;
      for (let key = 0; key < 4; key++) {
        const expected = storedOf(key).filter((id) => id !== done.id);
        assert.deepEqual(seen.get(`key-${key}`), expected);
      }
      assert.deepEqual(
        await silent.settle(held.map(({ receipt }) => ({ kind: 'ack', receipt }))),
        held.map(() => false),
      );
    },
  },
  {
    id: 'EV-24',
    title: 'what waits comes by priority, and lower priorities get a share however much there is of higher ones',
    requires: 'priority',
    async run(subject) {
      const member = await join(subject);
      const feed = await openFeed(subject, member);
      const low = Array.from({ length: 90 }, (_, index) => testEvent(`low${index}`, { priority: 'low' }));
      const high = Array.from({ length: 10 }, (_, index) => testEvent(`high${index}`, { priority: 'high' }));
      await member.append(low);
      await member.append(high);
      const order: string[] = [];
      while (order.length < 100) {
        const taken = await take(feed, Math.min(5, 100 - order.length));
        await feed.settle(taken.map(({ receipt }) => ({ kind: 'ack', receipt })));
        order.push(...idsOf(taken));
      }
      assert.equal(order.slice(0, 20).filter((id) => id.startsWith('high')).length, 10, `the urgent ones came late: ${order.join(' ')}`);
      await member.append(
        [...high, ...high].map(({ event }, index) => testEvent(`urgent${index}`, { priority: event.priority ?? 'high' })),
      );
      await member.append(Array.from({ length: 80 }, (_, index) => testEvent(`more${index}`, { priority: 'high' })));
      await member.append([testEvent('normal'), testEvent('humble', { priority: 'low' })]);
      const ahead: string[] = [];
      while (!ahead.includes('humble')) {
        const taken = await take(feed, 1);
        await feed.settle(taken.map(({ receipt }) => ({ kind: 'ack', receipt })));
        ahead.push(...idsOf(taken));
      }
      assert.ok(ahead.length < 100, 'the lowest priority waited until nothing else was there');
    },
  },
  {
    id: 'EV-30',
    title: 'a subscription that keeps the order of keys does so for all its members',
    requires: 'keyOrder',
    async run(subject) {
      const [one, two] = [await join(subject), await join(subject)];
      await openFeed(subject, one, { ordered: true });
      await openFeed(subject, one, { group: 'loose' });
      await assert.rejects(openFeed(subject, two), withCode('MESSAGING_SUBSCRIPTION_MISMATCH'));
      await assert.rejects(openFeed(subject, two, { group: 'loose', ordered: true }), withCode('MESSAGING_SUBSCRIPTION_MISMATCH'));
      await two.forget('g', '**');
      await openFeed(subject, two);
    },
  },
  {
    id: 'EV-32',
    title:
      'in an ordered subscription that is new and begins with the beginning, each key comes once and in order, also what is stored meanwhile',
    requires: 'history',
    async run(subject) {
      const [publisher, one, two] = [await join(subject), await join(subject), await join(subject)];
      if (!publisher.capabilities.keyOrder) return; // a law names one capability, and this one needs both
      const appended = (number: number): Promise<unknown> =>
        publisher.append(Array.from({ length: 4 }, (_, key) => testEvent(`k${key}.${number}`, { subject: `key-${key}` })));
      let stored = 0;
      for (; stored < 25; stored++) await appended(stored);
      const request = { ordered: true, from: 'beginning' } as const;
      let opened = false;
      const opening = Promise.all([openFeed(subject, one, request), openFeed(subject, two, request)]).finally(() => {
        opened = true;
      });
      for (; !opened; stored++) {
        await appended(stored);
        await subject.pass(subject.leaseMs / 50);
      }
      const feeds = await opening;
      for (const end = stored + 5; stored < end; stored++) await appended(stored);
      const byKey = await drainInOrder(subject, feeds, 4 * stored);
      for (let key = 0; key < 4; key++) {
        const expected = Array.from({ length: stored }, (_, number) => `k${key}.${number}`);
        assert.deepEqual(byKey.get(`key-${key}`), expected);
      }
    },
  },
];
