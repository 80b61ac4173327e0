import assert from 'node:assert/strict';
import { type Law, withCode } from '@tutti/core/testing';
import type { Delivery, EventTransportCapabilities } from '../transport/event-transport.ts';
import {
  type EventTransportSubject,
  givesNothing,
  handle,
  idOf,
  idsOf,
  join,
  never,
  openFeed,
  take,
  takeOne,
  testEvent,
  testEvents,
} from './event-transport-subject.ts';

export const membershipLaws: readonly Law<EventTransportSubject, EventTransportCapabilities>[] = [
  {
    id: 'EV-3',
    title: 'every subscription is given every event that matches, also two patterns of one group',
    async run(subject) {
      const [one, two] = [await join(subject), await join(subject)];
      const feeds = [
        await openFeed(subject, one, { group: 'bill' }),
        await openFeed(subject, two, { group: 'ship' }),
        await openFeed(subject, two, { group: 'ship', pattern: 'law.*' }),
      ];
      await one.append(testEvents(4));
      for (const feed of feeds) assert.deepEqual(await handle(feed, 4), ['e0', 'e1', 'e2', 'e3']);
      for (const feed of feeds) await givesNothing(subject, feed);
    },
  },
  {
    id: 'EV-4',
    title: 'members of one subscription share: each event goes to one of them, and each gets some',
    async run(subject) {
      const [one, two] = [await join(subject), await join(subject)];
      const feeds = [await openFeed(subject, one), await openFeed(subject, two)];
      await one.append(testEvents(10));
      const heard: string[] = [];
      for (let round = 0; round < 5; round++) for (const feed of feeds) heard.push(...(await handle(feed, 1)));
      assert.deepEqual(
        heard.sort(),
        testEvents(10).map(({ event }) => event.id),
      );
      for (const feed of feeds) await givesNothing(subject, feed);
    },
  },
  {
    id: 'EV-5',
    title: 'a subscription outlives its members: what came while none was there is given to the next',
    async run(subject) {
      const [one, publisher] = [await join(subject), await join(subject)];
      const feed = await openFeed(subject, one);
      await publisher.append([testEvent('before')]);
      assert.deepEqual(await handle(feed, 1), ['before']);
      await one.close();
      await publisher.append([testEvent('between')]);
      const again = await openFeed(subject, await join(subject));
      await publisher.append([testEvent('after')]);
      assert.deepEqual(await handle(again, 2), ['between', 'after']);
    },
  },
  {
    id: 'EV-6',
    title: 'a new subscription begins with the next event or with the oldest one kept, and only the first member says which',
    requires: 'history',
    async run(subject) {
      const member = await join(subject);
      await member.append(testEvents(3));
      const fromNow = await openFeed(subject, member, { group: 'now' });
      const fromBeginning = await openFeed(subject, member, { group: 'all', from: 'beginning' });
      const late = await openFeed(subject, await join(subject), { group: 'now', from: 'beginning' });
      await givesNothing(subject, fromNow);
      await givesNothing(subject, late);
      assert.deepEqual(await handle(fromBeginning, 3), ['e0', 'e1', 'e2']);
      await member.append([testEvent('next')]);
      assert.deepEqual(await handle(fromNow, 1), ['next']);
      assert.deepEqual(await handle(fromBeginning, 1), ['next']);
    },
  },
  {
    id: 'EV-11',
    title: 'what a member releases, or holds when it leaves, is there for others at once, and the attempt does not count',
    async run(subject) {
      const [one, two] = [await join(subject), await join(subject)];
      const [leaving, staying] = [await openFeed(subject, one), await openFeed(subject, two)];
      await one.append(testEvents(3));
      const [released, ...held] = (await take(leaving, 3)) as [Delivery, Delivery, Delivery];
      assert.deepEqual(await leaving.settle([{ kind: 'release', receipt: released.receipt }]), [true]);
      const first = await takeOne(staying);
      assert.deepEqual([idOf(first), first.attempt], [idOf(released), 1]);
      await leaving.close();
      await leaving.close();
      const rest = await take(staying, 2);
      assert.deepEqual(idsOf(rest).sort(), idsOf(held).sort());
      assert.deepEqual(
        rest.map(({ attempt }) => attempt),
        [1, 1],
      );
      assert.deepEqual(await leaving.settle(held.map(({ receipt }) => ({ kind: 'ack', receipt }))), [false, false]);
      assert.deepEqual(await leaving.receive(1, 0, never), []);
    },
  },
  {
    id: 'EV-12',
    title: 'a single member is given events for the first time in the order in which they were stored',
    requires: 'ordered',
    async run(subject) {
      const [one, two] = [await join(subject), await join(subject)];
      const feed = await openFeed(subject, one);
      const appended: string[] = [];
      for (let round = 0; round < 10; round++) {
        const batch = Array.from({ length: 1 + (round % 4) }, (_, index) => testEvent(`${round}.${index}`, { subject: `key${index}` }));
        await (round % 2 === 0 ? one : two).append(batch);
        appended.push(...batch.map(({ event }) => event.id));
      }
      const heard: string[] = [];
      while (heard.length < appended.length) heard.push(...idsOf(await take(feed, Math.min(3, appended.length - heard.length))));
      assert.deepEqual(heard, appended);
    },
  },
  {
    id: 'EV-14',
    title: 'close ends every feed, is idempotent, takes a transport that never connected, and lets it connect again',
    async run(subject) {
      const member = await join(subject);
      const feed = await openFeed(subject, member);
      const waiting = feed.receive(1, 60_000, never);
      await member.close();
      await member.close();
      assert.deepEqual(await waiting, []);
      await assert.rejects(member.append([testEvent('late')]), withCode('NOT_RUNNING'));
      await assert.rejects(openFeed(subject, member), withCode('NOT_RUNNING'));
      await member.connect(subject.runtime);
      const again = await openFeed(subject, member);
      await member.append([testEvent('again')]);
      assert.deepEqual(await handle(again, 1), ['again']);
      await subject.member().close();
    },
  },
  {
    id: 'EV-15',
    title: 'a forgotten subscription keeps nothing, and one of the same name begins anew',
    async run(subject) {
      const [one, two] = [await join(subject), await join(subject)];
      const feed = await openFeed(subject, one);
      const other = await openFeed(subject, one, { group: 'other' });
      await one.append(testEvents(3));
      const held = await takeOne(feed);
      await two.forget('g', '**');
      await two.forget('g', 'never.subscribed');
      assert.deepEqual(await feed.settle([{ kind: 'ack', receipt: held.receipt }]), [false]);
      const anew = await openFeed(subject, two);
      await one.append([testEvent('next')]);
      assert.deepEqual(await handle(anew, 1), ['next']);
      await givesNothing(subject, anew);
      await givesNothing(subject, feed);
      assert.deepEqual(await handle(other, 4), ['e0', 'e1', 'e2', 'next']);
    },
  },
  {
    id: 'EV-18',
    title: 'receive gives at most what was asked for, wakes for an event, ends when aborted, and loses nothing by that',
    async run(subject) {
      const member = await join(subject);
      const feed = await openFeed(subject, member);
      const abort = new AbortController();
      const aborted = feed.receive(1, 60_000, abort.signal);
      abort.abort();
      assert.deepEqual(await aborted, []);
      assert.deepEqual(await feed.receive(1, 60_000, abort.signal), []);
      assert.deepEqual(await feed.receive(1, 0, never), []);
      const woken = feed.receive(2, 60_000, never);
      await member.append(testEvents(5));
      const taken = idsOf(await woken);
      assert.ok(taken.length === 1 || taken.length === 2, `asked for 2, got ${taken.length}`);
      while (taken.length < 5) taken.push(...idsOf(await take(feed, 1)));
      assert.deepEqual(taken.sort(), ['e0', 'e1', 'e2', 'e3', 'e4']);
    },
  },
  {
    id: 'EV-20',
    title: 'events, subscriptions, leases, retries and dead letters are there again when the store has been restarted',
    requires: 'durable',
    async run(subject) {
      const before = await join(subject);
      const feed = await openFeed(subject, before);
      await before.append(testEvents(4));
      const [dead, failed, held] = (await take(feed, 3)) as [Delivery, Delivery, Delivery];
      await feed.settle([
        { kind: 'dead', receipt: dead.receipt, reason: 'final', failure: { message: 'no' } },
        { kind: 'retry', receipt: failed.receipt, delayMs: subject.leaseMs / 2 },
      ]);
      assert.ok(subject.restart, 'the subject must be able to restart its store');
      await subject.restart();
      const after = await join(subject);
      const again = await openFeed(subject, after);
      assert.deepEqual(await handle(again, 1), ['e3']);
      await givesNothing(subject, again);
      await subject.pass(subject.leaseMs);
      const rest = await take(again, 2);
      assert.deepEqual(
        rest.map(({ attempt }) => attempt),
        [2, 2],
      );
      assert.deepEqual(idsOf(rest).sort(), [idOf(failed), idOf(held)].sort());
      assert.deepEqual(
        (await after.deadLetters.list({ limit: 2 })).items.map(({ event }) => event),
        [dead.event],
      );
      assert.deepEqual(await after.append([testEvent('e0')]), [true]);
    },
  },
];
