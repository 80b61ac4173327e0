import assert from 'node:assert/strict';
import { eventually, type Law, withCode } from '@tutti/core/testing';
import type { Delivery, EventTransportCapabilities, SubscriptionStats } from '../transport/event-transport.ts';
import { isOutboxTransport } from '../transport/outbox-transport.ts';
import {
  type EventTransportSubject,
  givesNothing,
  handle,
  idOf,
  idsOf,
  join,
  openFeed,
  take,
  takeOne,
  testEvent,
  testEvents,
} from './event-transport-subject.ts';

const inbox = { maxAgeMs: 3_600_000, maxEvents: 1_000 };
const failure = { message: 'no' };

export const keepingLaws: readonly Law<EventTransportSubject, EventTransportCapabilities>[] = [
  {
    id: 'EV-21',
    title: 'with an inbox, an event of an identity that the subscription acknowledged comes marked as handled; one that failed does not',
    requires: 'inbox',
    async run(subject) {
      const [one, two] = [await join(subject), await join(subject)];
      const feed = await openFeed(subject, one, { inbox });
      const other = await openFeed(subject, one, { group: 'other', inbox });
      const event = testEvent('a', { source: 'elsewhere' });
      for (let times = 0; times < 3; times++) await subject.inject('law.tested', event.json);
      const [first, second, third] = (await take(feed, 3)) as [Delivery, Delivery, Delivery];
      assert.deepEqual([first.handled, second.handled, third.handled], [false, false, false]);
      await feed.settle([
        { kind: 'retry', receipt: first.receipt, delayMs: 0 },
        { kind: 'release', receipt: second.receipt },
      ]);
      const again = (await take(feed, 2)) as [Delivery, Delivery];
      assert.deepEqual(
        again.map(({ handled }) => handled),
        [false, false],
        'a failed attempt is no handling',
      );
      await feed.settle([{ kind: 'ack', receipt: third.receipt }]);
      await feed.settle(again.map(({ receipt }) => ({ kind: 'release', receipt })));
      await feed.close();
      const successor = await openFeed(subject, two, { inbox });
      await subject.inject('law.tested', event.json);
      const repeats = await take(successor, 3);
      assert.deepEqual(
        repeats.map(({ handled }) => handled),
        [true, true, true],
      );
      await successor.settle(repeats.map(({ receipt }) => ({ kind: 'ack', receipt })));
      assert.equal((await takeOne(other)).handled, false, 'what another subscription handled is new to this one');
    },
  },
  {
    id: 'EV-25',
    title: 'an effect is committed with the acknowledgement of its delivery: both or neither, and once',
    requires: 'outbox',
    async run(subject) {
      const [one, two] = [await join(subject), await join(subject)];
      assert.ok(isOutboxTransport(one) && isOutboxTransport(two));
      const request = { group: 'g', pattern: 'law.*', from: 'now', leaseMs: subject.leaseMs, ordered: false, inbox: undefined } as const;
      const feed = await one.open(request);
      const effects = await openFeed(subject, two, { group: 'effects', pattern: 'effect.*' });
      await one.append(testEvents(2));
      const [done, late] = (await take(feed, 2)) as [Delivery, Delivery];
      const effect = (id: string) => one.outbox([testEvent(id, { type: 'effect.made' })]);
      assert.equal(await feed.commit(done.receipt, effect('first')), true);
      assert.equal(await feed.commit(done.receipt, effect('second')), false);
      const refused = effect('third').map((statement) => ({ ...statement, expectedRows: 5 }));
      await assert.rejects(feed.commit(late.receipt, refused), withCode('WRITE_CONFLICT'));
      await subject.pass(subject.leaseMs + 1);
      const successor = await two.open(request);
      const taken = await takeOne(successor);
      assert.equal(idOf(taken), idOf(late));
      assert.equal(await feed.commit(late.receipt, effect('zombie')), false);
      assert.equal(await successor.commit(taken.receipt, effect('fourth')), true);
      assert.deepEqual(await handle(effects, 2), ['first', 'fourth']);
      await givesNothing(subject, effects);
      await givesNothing(subject, successor);
    },
  },
  {
    id: 'EV-26',
    title: 'the statistics of a store at rest are the truth',
    async run(subject) {
      const [one, two] = [await join(subject), await join(subject)];
      const feed = await openFeed(subject, one);
      await openFeed(subject, one, { group: 'idle', pattern: 'law.never' });
      await one.append(testEvents(8));
      const [acked, delayed, dead, ...held] = (await take(feed, 5)) as [Delivery, Delivery, Delivery, ...Delivery[]];
      await feed.settle([
        { kind: 'ack', receipt: acked.receipt },
        { kind: 'retry', receipt: delayed.receipt, delayMs: subject.leaseMs * 10 },
        { kind: 'dead', receipt: dead.receipt, reason: 'final', failure },
      ]);
      await subject.pass(subject.leaseMs / 4);
      await feed.settle(held.map(({ receipt }) => ({ kind: 'extend', receipt })));
      const rest = { group: 'g', pattern: '**', waiting: 3, running: 2, delayed: 1, deadLetters: 1 };
      const idle = { group: 'idle', pattern: 'law.never', waiting: 0, running: 0, delayed: 0, deadLetters: 0 };
      const byGroup = (a: SubscriptionStats, b: SubscriptionStats): number => (a.group < b.group ? -1 : 1);
      const told = (await two.stats()).toSorted(byGroup);
      assert.deepEqual(
        told.map(({ oldestAgeMs: _age, ...counts }) => counts),
        [rest, idle],
      );
      assert.ok((told[0]?.oldestAgeMs ?? 0) >= subject.leaseMs / 4 - 1, `the oldest waits for ${told[0]?.oldestAgeMs} ms`);
      assert.equal(told[1]?.oldestAgeMs, 0);
    },
  },
  {
    id: 'EV-27',
    title: 'a text that is no event is delivered as it is, and becomes a dead letter with that text',
    async run(subject) {
      const member = await join(subject);
      const feed = await openFeed(subject, member);
      const text = '{"specversion":"1.0", broken \u{1F4A5}';
      await subject.inject('law.tested', text);
      const delivery = await takeOne(feed);
      assert.equal(delivery.event, text);
      assert.deepEqual(await feed.settle([{ kind: 'dead', receipt: delivery.receipt, reason: 'schema', failure }]), [true]);
      const [letter] = (await member.deadLetters.list({ limit: 2 })).items;
      assert.deepEqual([letter?.event, letter?.reason], [text, 'schema']);
      await member.append([testEvent('next')]);
      assert.deepEqual(await handle(feed, 1), ['next']);
    },
  },
  {
    id: 'EV-28',
    title: 'connecting says in words what an acknowledgement is worth, and names what is weaker than it should be',
    async run(subject) {
      const member = subject.member();
      const { acknowledged, warnings } = await member.connect(subject.runtime);
      assert.match(acknowledged, /^[A-Z].{20,}\.$/s, 'a sentence');
      for (const { name, message } of warnings) {
        assert.match(name, /^[a-z\d]+(-[a-z\d]+)+$/);
        assert.match(message, /^\S.{20,}/s);
      }
    },
  },
  {
    id: 'EV-29',
    title: 'a store that was away loses nothing that was acknowledged, refuses quickly meanwhile, and is found again by the same objects',
    requires: 'remote',
    async run(subject) {
      assert.ok(subject.interrupt, 'the subject must be able to interrupt its store');
      const [publisher, consumer] = [await join(subject), await join(subject)];
      const feed = await openFeed(subject, consumer);
      await publisher.append(testEvents(3));
      const held = await takeOne(feed);
      const interrupted = subject.interrupt(subject.leaseMs / 2);
      await publisher.append([testEvent('meanwhile')]).catch((error: unknown) => assert.ok(withCode('STORE_UNAVAILABLE')(error)));
      await interrupted;
      await eventually(
        'the store takes events again',
        () =>
          publisher.append([testEvent('after')]).then(
            () => true,
            () => undefined,
          ),
        30_000,
      );
      const heard = new Set<string>();
      await eventually(
        'everything that was acknowledged is given',
        async () => {
          const taken = await feed.receive(10, subject.leaseMs / 10, new AbortController().signal).catch(() => []);
          const settled = await feed.settle(taken.map(({ receipt }) => ({ kind: 'ack', receipt }))).catch(() => []);
          for (const [index, accepted] of settled.entries()) if (accepted) heard.add(idsOf(taken)[index] as string);
          if (!heard.has(idOf(held))) {
            const [accepted] = await feed.settle([{ kind: 'ack', receipt: held.receipt }]).catch(() => [false]);
            if (accepted) heard.add(idOf(held));
          }
          return ['e0', 'e1', 'e2', 'after'].every((id) => heard.has(id)) || undefined;
        },
        30_000,
      );
    },
  },
];
