import assert from 'node:assert/strict';
import type { Runtime, Statement } from '@tutti/core';
import { type Law, withCode } from '@tutti/core/testing';
import { type Inbox, isTransactional, type TransactionalInbox } from '../inbox/inbox.ts';

/** What an inbox can do beyond the contract. */
export type InboxCapabilities = Pick<Inbox, 'durable' | 'transactional'>;

/** An inbox under test: one fresh memory, and as many members on it as a law asks for. */
export interface InboxSubject {
  /** Another object on the same memory, as another process would have; not connected yet. It remembers within the limits below. */
  member(): Inbox;
  /** What members connect with. */
  readonly runtime: Runtime;
  /** From 100 to 1,000. */
  readonly maxEvents: number;
  /** Short enough to be waited for. */
  readonly maxAgeMs: number;
  /** Lets time pass, for the store as for those who wait: the real one, or that of a manual clock. */
  pass(ms: number): Promise<void>;
  /** Ends every member and the store itself, which then begins again with what it kept; for an inbox that is durable. */
  restart?(): Promise<void>;
  /** Statements that make an effect of this name, and are refused with WRITE_CONFLICT where there is one; for an inbox that is transactional. */
  effect?(name: string): readonly Statement[];
  /** The names of all effects, sorted; for an inbox that is transactional. */
  effects?(): Promise<readonly string[]>;
}

async function join(subject: InboxSubject): Promise<Inbox> {
  const member = subject.member();
  await member.connect(subject.runtime);
  return member;
}

async function joinTransactional(subject: InboxSubject): Promise<TransactionalInbox> {
  const member = await join(subject);
  assert.ok(isTransactional(member), 'the capability comes with the method');
  return member;
}

const named = (name: string, count: number): string[] => Array.from({ length: count }, (_, index) => `${name}-${index}`);

async function rememberAll(inbox: Inbox, identities: readonly string[]): Promise<void> {
  for (let at = 0; at < identities.length; at += 20) await inbox.remember('s', identities.slice(at, at + 20));
}

/** Texts that a store could mix up with one another, or with its own. */
const strange = [
  'a',
  'A',
  'a ',
  'ä',
  'a\u0308',
  'shop\n1',
  'shop\t1',
  '%',
  '_',
  '*',
  '{a}',
  '1',
  '01',
  '__proto__',
  "it's",
  '"',
  '\\',
  '🦒',
  'x'.repeat(512),
];

export const inboxLaws: readonly Law<InboxSubject, InboxCapabilities>[] = [
  {
    id: 'IB-1',
    title: 'says of each identity, in their order, whether it was remembered, to every member; never of another one, however alike',
    async run(subject) {
      const [one, two] = [await join(subject), await join(subject)];
      assert.deepEqual(await one.handled('s', ['a', 'b']), [false, false]);
      const [first, second] = [strange.filter((_, index) => index % 2 === 0), strange.filter((_, index) => index % 2 === 1)];
      await one.remember('s', first);
      const expected = strange.map((identity) => first.includes(identity));
      assert.deepEqual(await two.handled('s', strange), expected);
      await two.remember('s', second);
      assert.deepEqual(await one.handled('s', [...strange, 'another', 'a']), [...strange.map(() => true), false, true]);
      assert.deepEqual(await one.handled('s', []), []);
      await one.remember('s', []);
    },
  },
  {
    id: 'IB-2',
    title: 'remembering is idempotent, inside one call as well, and keeps subscriptions apart',
    async run(subject) {
      const [one, two] = [await join(subject), await join(subject)];
      await one.remember('s', ['a', 'b', 'a']);
      await Promise.all([one.remember('s', ['a']), two.remember('s', ['a', 'c'])]);
      assert.deepEqual(await two.handled('s', ['a', 'b', 'c', 'd']), [true, true, true, false]);
      for (const other of ['t', 'S', 's ', 's\na', 'a']) {
        assert.deepEqual(await one.handled(other, ['a', 'b']), [false, false], `of ${JSON.stringify(other)}`);
      }
      await one.remember('t', ['a']);
      assert.deepEqual(await two.handled('t', ['a', 'b']), [true, false]);
    },
  },
  {
    id: 'IB-3',
    title: 'what was remembered is there again when the store has been restarted',
    requires: 'durable',
    async run(subject) {
      await (await join(subject)).remember('s', named('kept', 30));
      assert.ok(subject.restart, 'the subject must be able to restart its store');
      await subject.restart();
      const after = await join(subject);
      const told = await after.handled('s', [...named('kept', 30), 'new']);
      assert.deepEqual(told, [...named('kept', 30).map(() => true), false]);
    },
  },
  {
    id: 'IB-4',
    title: 'an effect is committed with the memory of its event: both or neither, and by one of however many members try',
    requires: 'transactional',
    async run(subject) {
      const { effect, effects } = subject;
      assert.ok(effect && effects, 'the subject must have effects');
      const members = await Promise.all(Array.from({ length: 4 }, () => joinTransactional(subject)));
      const [one, two] = members as [TransactionalInbox, TransactionalInbox];
      for (const identity of named('raced', 5)) {
        const done: readonly boolean[] = await Promise.all(
          members.map((member, index) => member.commit('s', identity, effect(`${identity} by ${index}`))),
        );
        assert.equal(done.filter(Boolean).length, 1, `${identity} was committed ${done.filter(Boolean).length} times`);
      }
      assert.equal((await effects()).length, 5, 'one effect each');
      await one.remember('s', ['remembered']);
      assert.equal(await two.commit('s', 'remembered', effect('too late')), false);
      assert.equal(await two.commit('t', 'remembered', effect('of another subscription')), true);
      await assert.rejects(one.commit('s', 'refused', effect('of another subscription')), withCode('WRITE_CONFLICT'));
      assert.deepEqual(await two.handled('s', ['refused', 'raced-0']), [false, true], 'a refused effect is no handling');
      assert.equal(await one.commit('s', 'refused', effect('in the end')), true);
      assert.equal(await one.commit('s', 'without effect', []), true);
      assert.deepEqual((await effects()).slice(0, 2), ['in the end', 'of another subscription']);
      assert.equal((await effects()).length, 7);
    },
  },
  {
    id: 'IB-5',
    title: 'the newest are remembered, and of what is older than they or than its age only a bounded rest',
    async run(subject) {
      const { maxEvents, maxAgeMs } = subject;
      const inbox = await join(subject);
      const many = named('many', maxEvents * 6);
      await rememberAll(inbox, many);
      const told = await inbox.handled('s', many);
      assert.ok(told.slice(-maxEvents).every(Boolean), 'the newest are remembered');
      const kept = told.filter(Boolean).length;
      assert.ok(kept <= maxEvents * 3, `${kept} are remembered where ${maxEvents} were asked for`);
      await subject.pass(maxAgeMs * 2);
      const late = named('late', maxEvents);
      await rememberAll(inbox, late);
      assert.ok((await inbox.handled('s', late)).every(Boolean), 'the young are remembered');
      const old = (await inbox.handled('s', many)).filter(Boolean).length;
      assert.ok(old <= maxEvents / 2, `${old} are remembered although their time is over`);
    },
  },
  {
    id: 'IB-6',
    title: 'works between connect and close, for as long as one of its users is there, and can connect again',
    async run(subject) {
      const inbox = subject.member();
      await assert.rejects(inbox.handled('s', ['a']), withCode('NOT_RUNNING'));
      await inbox.close();
      await inbox.connect(subject.runtime);
      await inbox.connect(subject.runtime);
      await inbox.remember('s', ['a']);
      await inbox.close();
      assert.deepEqual(await inbox.handled('s', ['a']), [true], 'one of two buses has stopped');
      await inbox.close();
      await inbox.close();
      await assert.rejects(inbox.remember('s', ['b']), withCode('NOT_RUNNING'));
      await inbox.connect(subject.runtime);
      assert.deepEqual(await inbox.handled('s', ['b']), [false]);
      await assert.rejects(inbox.handled('', ['a']), withCode('INVALID_ARGUMENT'));
      await assert.rejects(inbox.remember('s', ['a', '']), withCode('INVALID_ARGUMENT'));
    },
  },
];
