import { setTimeout as pause } from 'node:timers/promises';
import { defaultRuntime, type Runtime, silentLogger } from '@tutti/core';
import type { EventTransport, Feed, SubscriptionRequest } from '../src/index.ts';
import { idsOf, never, testEvent } from '../src/testing/event-transport-subject.ts';

export const quiet: Runtime = { ...defaultRuntime, logger: silentLogger };

export function openOn(transport: EventTransport, request: Partial<SubscriptionRequest> = {}): Promise<Feed> {
  return transport.open({ group: 'g', pattern: '**', from: 'now', leaseMs: 400, ordered: false, inbox: undefined, ...request });
}

/** What a feed gives and takes back until `enough`; a store that is away in between is asked again. */
export async function hear(feed: Feed, enough: (heard: ReadonlySet<string>) => boolean, patienceMs = 20_000): Promise<Set<string>> {
  const heard = new Set<string>();
  for (const endsAt = performance.now() + patienceMs; !enough(heard) && performance.now() < endsAt; ) {
    try {
      const taken = await feed.receive(200, 100, never);
      for (const id of idsOf(taken)) heard.add(id);
      if (taken.length > 0) await feed.settle(taken.map(({ receipt }) => ({ kind: 'ack', receipt })));
      else await pause(1);
    } catch {
      await pause(20);
    }
  }
  return heard;
}

/** As a bus appends new events. */
export const fresh = (id: string): ReturnType<typeof testEvent> => ({ ...testEvent(id), fresh: true });
