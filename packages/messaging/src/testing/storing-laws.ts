import assert from 'node:assert/strict';
import type { Law } from '@tutti/core/testing';
import type { Delivery, EventTransportCapabilities, Feed } from '../transport/event-transport.ts';
import {
  type EventTransportSubject,
  givesNothing,
  handle,
  idsOf,
  join,
  never,
  openFeed,
  takeOne,
  testEvent,
  testEvents,
} from './event-transport-subject.ts';
import { patternCases } from './pattern-cases.ts';

export const storingLaws: readonly Law<EventTransportSubject, EventTransportCapabilities>[] = [
  {
    id: 'EV-1',
    title: 'an acknowledged batch is stored, in its order, though the member that appended it goes away at once',
    async run(subject) {
      const [publisher, consumer] = [await join(subject), await join(subject)];
      const feed = await openFeed(subject, consumer);
      await publisher.append(testEvents(5));
      await publisher.close();
      assert.deepEqual(await handle(feed, 5), ['e0', 'e1', 'e2', 'e3', 'e4']);
    },
  },
  {
    id: 'EV-2',
    title: 'source and id are the identity: the same again is dropped and reported, also inside one batch',
    async run(subject) {
      const [one, two] = [await join(subject), await join(subject)];
      const feed = await openFeed(subject, one);
      assert.deepEqual(await one.append([testEvent('a'), testEvent('a', { data: 'another' })]), [false, true]);
      assert.deepEqual(await two.append([testEvent('a'), testEvent('a', { source: 'elsewhere' }), testEvent('b')]), [true, false, false]);
      assert.deepEqual((await handle(feed, 3)).sort(), ['a', 'a', 'b']);
      assert.deepEqual(await one.append([testEvent('b')]), [true], 'also when it has been handled');
      await givesNothing(subject, feed);
    },
  },
  {
    id: 'EV-13',
    title: 'patterns match as the table says, whatever the transport',
    async run(subject) {
      const member = await join(subject);
      const patterns = [...new Set(patternCases.map(([pattern]) => pattern))];
      const feeds = new Map(
        await Promise.all(patterns.map(async (pattern) => [pattern, await openFeed(subject, member, { pattern })] as const)),
      );
      const types = [...new Set(patternCases.map(([, type]) => type))];
      await member.append(types.map((type) => testEvent(type, { type })));
      for (const [pattern, feed] of feeds) {
        const expected = patternCases.filter(([named, , matches]) => named === pattern && matches).map(([, type]) => type);
        const refused = patternCases.filter(([named, , matches]) => named === pattern && !matches).map(([, type]) => type);
        const heard = new Set(idsOf(await drain(feed)));
        assert.deepEqual(
          expected.filter((type) => !heard.has(type)),
          [],
          `${pattern} must hear these`,
        );
        assert.deepEqual(
          refused.filter((type) => heard.has(type)),
          [],
          `${pattern} must not hear these`,
        );
      }
    },
  },
  {
    id: 'EV-19',
    title: 'what a feed gives equals what was appended, and is a copy of its own',
    async run(subject) {
      const member = await join(subject);
      const [one, two] = [await openFeed(subject, member, { group: 'one' }), await openFeed(subject, member, { group: 'two' })];
      const appended = testEvent('ä', {
        subject: 'key',
        tenantid: 'acme',
        data: { text: 'naïve “quotes” \u0000 😀', list: [1, null, { deep: true }] },
      });
      await member.append([appended]);
      const first = await takeOne(one);
      assert.deepEqual(first.event, appended.event);
      Object.assign(first.event as object, { data: 'changed by a handler' });
      const second = await takeOne(two);
      assert.deepEqual(second.event, appended.event);
    },
  },
];

/** Everything that is there. */
async function drain(feed: Feed): Promise<Delivery[]> {
  const taken: Delivery[] = [];
  for (;;) {
    const more = await feed.receive(100, 0, never);
    if (more.length === 0) return taken;
    taken.push(...more);
  }
}
