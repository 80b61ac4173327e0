import assert from 'node:assert/strict';
import type { CloudEvent, Runtime, Statement } from '@tutti/core';
import { type EncodedEvent, encodeEvent } from '../transport/encoded-event.ts';
import type { Delivery, EventTransport, Feed, SubscriptionRequest } from '../transport/event-transport.ts';

/** A transport under test: one fresh store, and as many members on it as a law asks for. */
export interface EventTransportSubject {
  /** A new member on the same store; not connected yet. */
  member(): EventTransport;
  /** What members connect with. */
  readonly runtime: Runtime;
  /** A lease short enough to be waited for. */
  readonly leaseMs: number;
  /** Lets time pass, for the store as for those who wait: the real one, or that of a manual clock. */
  pass(ms: number): Promise<void>;
  /** Ends every member and the store itself, which then begins again with what it kept; for a transport with the capability `durable`. */
  restart?(): Promise<void>;
  /** Writes statements as somebody else who uses the same database; for a transport with the capability `outbox`. */
  commit?(statements: readonly Statement[]): Promise<void>;
  /** Stores a text under a type, as somebody outside the kit would who writes to the same store: it need not be an event. */
  inject(type: string, text: string): Promise<void>;
  /** Makes the store unreachable for a moment: connections are cut, and for about `ms` there are none; for a transport that reaches its store over a network. */
  interrupt?(ms: number): Promise<void>;
  dispose?(): Promise<void>;
}

export const never: AbortSignal = new AbortController().signal;

/** An event as a bus would append it. */
export function testEvent(id: string, fields: Partial<CloudEvent> = {}): EncodedEvent {
  return encodeEvent({
    specversion: '1.0',
    id,
    source: 'law',
    type: 'law.tested',
    time: '2026-01-02T03:04:05.678Z',
    datacontenttype: 'application/json',
    data: { id },
    ...fields,
  });
}

export function testEvents(count: number, fields: Partial<CloudEvent> = {}): EncodedEvent[] {
  return Array.from({ length: count }, (_, index) => testEvent(`e${index}`, fields));
}

/** A connected member. */
export async function join(subject: EventTransportSubject): Promise<EventTransport> {
  const member = subject.member();
  await member.connect(subject.runtime);
  return member;
}

/** Opens a feed; by default of group `g` to everything, from now, with the lease of the subject. */
export function openFeed(
  subject: EventTransportSubject,
  member: EventTransport,
  request: Partial<SubscriptionRequest> = {},
): Promise<Feed> {
  return member.open({ group: 'g', pattern: '**', from: 'now', leaseMs: subject.leaseMs, ordered: false, inbox: undefined, ...request });
}

export const idOf = (delivery: Delivery): string => (delivery.event as CloudEvent).id;
export const idsOf = (deliveries: readonly Delivery[]): string[] => deliveries.map((delivery) => idOf(delivery));

/** Takes exactly `count` deliveries, in as many calls as it needs. */
export async function take(feed: Feed, count: number): Promise<Delivery[]> {
  const taken: Delivery[] = [];
  while (taken.length < count) {
    const got = await feed.receive(count - taken.length, 5_000, never);
    assert.ok(got.length > 0, `got ${taken.length} of ${count} deliveries and then none for five seconds`);
    taken.push(...got);
  }
  return taken;
}

export async function takeOne(feed: Feed): Promise<Delivery> {
  const [delivery] = await take(feed, 1);
  return delivery as Delivery;
}

/** Takes `count` and acknowledges them; gives their ids. */
export async function handle(feed: Feed, count: number): Promise<string[]> {
  const taken = await take(feed, count);
  const accepted = await feed.settle(taken.map(({ receipt }) => ({ kind: 'ack', receipt })));
  assert.deepEqual(
    accepted,
    taken.map(() => true),
    'an acknowledgement in time is accepted',
  );
  return idsOf(taken);
}

/** What a feed gives in a moment: at most `max`, perhaps nothing. */
export async function look(subject: EventTransportSubject, feed: Feed, max: number): Promise<readonly Delivery[]> {
  const waitMs = subject.leaseMs / 20;
  const waiting = feed.receive(max, waitMs, never);
  await subject.pass(waitMs + 1);
  return waiting;
}

/** Nothing is there for the feed, and nothing comes soon. */
export async function givesNothing(subject: EventTransportSubject, feed: Feed): Promise<void> {
  const waitMs = subject.leaseMs / 10;
  const waiting = feed.receive(10, waitMs, never);
  await subject.pass(waitMs * 2);
  assert.deepEqual(idsOf(await waiting), []);
}
