import assert from 'node:assert/strict';
import type { Law } from '@tutti/core/testing';
import type { DeadLetter } from '../transport/dead-letters.ts';
import type { Delivery, EventTransport, EventTransportCapabilities, Feed, Outcome } from '../transport/event-transport.ts';
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

const failure = { message: 'the printer burns', code: 'PRINTER_ON_FIRE', stack: 'Error: the printer burns\n    at print (printer.ts:1:1)' };
const bury = (receipt: string): Outcome => ({ kind: 'dead', receipt, reason: 'final', failure });

export const failureLaws: readonly Law<EventTransportSubject, EventTransportCapabilities>[] = [
  {
    id: 'EV-7',
    title: 'a retry comes after its delay, not before, with the next attempt, to whichever member is there',
    async run(subject) {
      const delayMs = subject.leaseMs;
      const [one, two] = [await join(subject), await join(subject)];
      const feed = await openFeed(subject, one);
      await one.append([testEvent('a')]);
      const first = await takeOne(feed);
      assert.equal(first.attempt, 1);
      assert.deepEqual(await feed.settle([{ kind: 'retry', receipt: first.receipt, delayMs }]), [true]);
      await one.close();
      const other = await openFeed(subject, two);
      await givesNothing(subject, other);
      await subject.pass(delayMs);
      const second = await takeOne(other);
      assert.deepEqual([idOf(second), second.attempt, second.takenOver], ['a', 2, false]);
    },
  },
  {
    id: 'EV-8',
    title: 'what is given up becomes a dead letter that tells everything, is not delivered again, and touches no other subscription',
    async run(subject) {
      const member = await join(subject);
      const [feed, other] = [await openFeed(subject, member), await openFeed(subject, member, { group: 'other' })];
      const appended = testEvent('a', { subject: 'key' });
      await member.append([appended]);
      const first = await takeOne(feed);
      await feed.settle([{ kind: 'retry', receipt: first.receipt, delayMs: subject.leaseMs }]);
      await subject.pass(subject.leaseMs);
      const second = await takeOne(feed);
      assert.deepEqual(await feed.settle([{ kind: 'dead', receipt: second.receipt, reason: 'attempts', failure }]), [true]);
      const [letter, ...more] = (await member.deadLetters.list({ limit: 10 })).items;
      assert.deepEqual(more, []);
      const { id, firstFailedAt, lastFailedAt, ...told } = letter as DeadLetter;
      assert.deepEqual(told, { group: 'g', pattern: '**', reason: 'attempts', failure, attempts: 2, event: appended.event });
      assert.ok(id.length > 0);
      assert.ok(Date.parse(lastFailedAt) - Date.parse(firstFailedAt) >= subject.leaseMs - 1, `${firstFailedAt} … ${lastFailedAt}`);
      await subject.pass(subject.leaseMs * 2);
      await givesNothing(subject, feed);
      const elsewhere = await takeOne(other);
      await other.settle([{ kind: 'dead', receipt: elsewhere.receipt, reason: 'attempts', failure, attempts: 7 }]);
      const [tried] = (await member.deadLetters.list({ group: 'other', limit: 10 })).items;
      assert.equal(tried?.attempts, 7, 'a member may have tried more often than it was given the event');
    },
  },
  {
    id: 'EV-9',
    title: 'a delivery is taken over when its lease has run out, not before, and not while its lease is extended',
    async run(subject) {
      const { leaseMs } = subject;
      const [one, two] = [await join(subject), await join(subject)];
      const [silent, other] = [await openFeed(subject, one), await openFeed(subject, two)];
      await one.append(testEvents(2));
      const [kept, lost] = (await take(silent, 2)) as [Delivery, Delivery];
      for (let turn = 0; turn < 4; turn++) {
        await subject.pass(leaseMs / 2);
        const accepted = await silent.settle([{ kind: 'extend', receipt: kept.receipt }]);
        assert.deepEqual(accepted, [true]);
        if (turn === 0) await givesNothing(subject, other);
      }
      const taken = await takeOne(other);
      assert.deepEqual([idOf(taken), taken.attempt, taken.takenOver], [idOf(lost), 2, true]);
      assert.equal(kept.takenOver, false);
      assert.notEqual(taken.receipt, lost.receipt);
      await givesNothing(subject, other);
      assert.deepEqual(await silent.settle([{ kind: 'ack', receipt: kept.receipt }]), [true]);
    },
  },
  {
    id: 'EV-31',
    title: 'what was taken over and is released comes as it was: with its attempt, and as taken over, until it is tried again',
    async run(subject) {
      const { leaseMs } = subject;
      const [one, two] = [await join(subject), await join(subject)];
      const [silent, other] = [await openFeed(subject, one), await openFeed(subject, two)];
      await one.append([testEvent('a')]);
      await takeOne(silent);
      await subject.pass(leaseMs + 1);
      for (let round = 0; round < 2; round++) {
        const taken = await takeOne(other);
        assert.deepEqual([taken.attempt, taken.takenOver], [2, true]);
        assert.deepEqual(await other.settle([{ kind: 'release', receipt: taken.receipt }]), [true]);
      }
      const tried = await takeOne(other);
      assert.deepEqual(await other.settle([{ kind: 'retry', receipt: tried.receipt, delayMs: 0 }]), [true]);
      const again = await takeOne(other);
      assert.deepEqual([again.attempt, again.takenOver], [3, false]);
      await other.settle([{ kind: 'ack', receipt: again.receipt }]);
    },
  },
  {
    id: 'EV-10',
    title: 'a receipt that was taken over or used up is refused and changes nothing, whatever the outcome',
    async run(subject) {
      const [one, two] = [await join(subject), await join(subject)];
      const [zombie, owner] = [await openFeed(subject, one), await openFeed(subject, two)];
      await one.append(testEvents(5));
      const stale = await take(zombie, 5);
      await subject.pass(subject.leaseMs + 1);
      const held = await take(owner, 5);
      const receipts = stale.map(({ receipt }) => receipt) as [string, string, string, string, string];
      const refused = await zombie.settle([
        { kind: 'ack', receipt: receipts[0] },
        { kind: 'retry', receipt: receipts[1], delayMs: 0 },
        bury(receipts[2]),
        { kind: 'extend', receipt: receipts[3] },
        { kind: 'release', receipt: receipts[4] },
      ]);
      assert.deepEqual(refused, [false, false, false, false, false]);
      assert.deepEqual((await one.deadLetters.list({ limit: 10 })).items, []);
      await givesNothing(subject, zombie);
      const acks = held.map(({ receipt }): Outcome => ({ kind: 'ack', receipt }));
      assert.deepEqual(await owner.settle(acks), [true, true, true, true, true]);
      assert.deepEqual(await owner.settle(acks), [false, false, false, false, false]);
      await givesNothing(subject, owner);
    },
  },
  {
    id: 'EV-16',
    title: 'dead letters are listed in pages, replayed as if new, and discarded; a stale receipt of before a replay is refused',
    async run(subject) {
      const member = await join(subject);
      const feed = await openFeed(subject, member);
      const stale = await buryAll(member, feed, 5);
      const { deadLetters } = member;
      const first = await deadLetters.list({ group: 'g', limit: 2 });
      assert.equal(first.items.length, 2);
      const second = await deadLetters.list({ group: 'g', limit: 3, after: String(first.next) });
      assert.deepEqual([second.items.length, second.next], [3, undefined]);
      assert.deepEqual((await deadLetters.list({ group: 'other', limit: 10 })).items, []);
      const ids = [...first.items, ...second.items].map(({ id }) => id);
      assert.equal(await deadLetters.discard(ids.slice(0, 2)), 2);
      assert.equal(await deadLetters.discard(ids.slice(0, 2)), 0);
      assert.equal(await deadLetters.replay([...ids.slice(0, 3), '4711', 'no such letter']), 1);
      assert.equal(await deadLetters.replay(['no such letter']), 0);
      assert.equal(await deadLetters.discard(['', 'no such letter']), 0);
      const again = await takeOne(feed);
      assert.deepEqual([idOf(again), again.attempt, again.replayedFrom, again.takenOver], ['e2', 1, ids[2], false]);
      assert.equal(first.items.length + second.items.length, new Set(ids).size);
      assert.deepEqual(await feed.settle([{ kind: 'ack', receipt: String(stale[2]) }]), [false]);
      assert.deepEqual(await feed.settle([{ kind: 'ack', receipt: again.receipt }]), [true]);
      assert.deepEqual(
        (await deadLetters.list({ limit: 10 })).items.map(({ event }) => (event as { id: string }).id),
        ['e3', 'e4'],
      );
    },
  },
  {
    id: 'EV-17',
    title: 'events written by the statements of the outbox are stored once and delivered like appended ones',
    requires: 'outbox',
    async run(subject) {
      const member = await join(subject);
      assert.ok(
        'outbox' in member && typeof member.outbox === 'function' && subject.commit,
        'the capability comes with the method, and the subject with a way to commit',
      );
      const feed = await openFeed(subject, member);
      const waiting = feed.receive(1, 60_000, never);
      const statements = member.outbox([testEvent('a'), testEvent('b')]);
      await subject.commit(statements);
      assert.deepEqual(idsOf(await waiting), ['a']);
      assert.deepEqual(await handle(feed, 1), ['b']);
      await subject.commit(statements);
      assert.deepEqual(await member.append([testEvent('b')]), [true]);
      await givesNothing(subject, feed);
    },
  },
];

/** Makes dead letters of `count` events; gives the receipts they were given up with. */
async function buryAll(member: EventTransport, feed: Feed, count: number): Promise<string[]> {
  await member.append(testEvents(count));
  const receipts: string[] = [];
  for (let index = 0; index < count; index++) {
    const { receipt } = await takeOne(feed);
    await feed.settle([bury(receipt)]);
    receipts.push(receipt);
  }
  return receipts;
}
