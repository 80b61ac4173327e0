import { randomUUID } from 'node:crypto';
import { testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { memoryTransport } from '../adapters/memory.ts';
import { encodeEvent } from '../transport/encoded-event.ts';
import type { EventTransport, Feed } from '../transport/event-transport.ts';
import { eventTransportLaws } from './event-transport-laws.ts';
import { idOf, testEvent } from './event-transport-subject.ts';
import { patternCases } from './pattern-cases.ts';

/** A transport with one promise broken. */
type Sabotage = (transport: EventTransport) => Partial<EventTransport>;

const withFeed =
  (change: (feed: Feed) => Partial<Feed>): Sabotage =>
  (transport) => ({
    async open(request) {
      const feed = await transport.open(request);
      const whole: Feed = {
        receive: (max, waitMs, signal) => feed.receive(max, waitMs, signal),
        settle: (outcomes) => feed.settle(outcomes),
        close: () => feed.close(),
      };
      return { ...whole, ...change(feed) };
    },
  });

/** Receipts name the event instead of the delivery: whoever held it once may settle it. */
function fenceless(latest: Map<string, string>): Sabotage {
  return withFeed((feed) => ({
    async receive(...given) {
      const deliveries = await feed.receive(...given);
      return deliveries.map((delivery) => {
        latest.set(idOf(delivery), delivery.receipt);
        return { ...delivery, receipt: idOf(delivery) };
      });
    },
    settle: (outcomes) => feed.settle(outcomes.map((outcome) => ({ ...outcome, receipt: String(latest.get(outcome.receipt)) }))),
  }));
}

function sharing(objects: Map<string, unknown>): Sabotage {
  return withFeed((feed) => ({
    async receive(...given) {
      const deliveries = await feed.receive(...given);
      return deliveries.map((delivery) => {
        const event = objects.get(idOf(delivery)) ?? delivery.event;
        objects.set(idOf(delivery), event);
        return { ...delivery, event };
      });
    },
  }));
}

/** Every subscription is one that keeps no order. */
const unordered: Sabotage = (transport) => ({ open: (request) => transport.open({ ...request, ordered: false }) });

let groups = 0;

const sabotages: readonly (readonly [law: string, what: string, sabotage: Sabotage])[] = [
  [
    'EV-1',
    'acknowledges before it stores',
    (transport) => ({
      async append(batch) {
        setImmediate(() => void transport.append(batch).catch(() => undefined));
        return batch.map(() => false);
      },
    }),
  ],
  [
    'EV-2',
    'does not recognise what is there',
    (transport) => ({ append: async (batch) => (await transport.append(batch)).map(() => false) }),
  ],
  ['EV-3', 'takes all groups for one', (transport) => ({ open: (request) => transport.open({ ...request, group: 'g' }) })],
  ['EV-4', 'gives every member everything', (transport) => ({ open: (request) => transport.open({ ...request, group: `g${++groups}` }) })],
  [
    'EV-5',
    'forgets the subscription of a member that leaves',
    (transport) => ({ close: async () => transport.forget('g', '**').then(() => transport.close()) }),
  ],
  [
    'EV-6',
    'always begins with the oldest event',
    (transport) => ({ open: (request) => transport.open({ ...request, from: 'beginning' }) }),
  ],
  [
    'EV-7',
    'retries at once',
    withFeed((feed) => ({
      settle: (outcomes) => feed.settle(outcomes.map((outcome) => (outcome.kind === 'retry' ? { ...outcome, delayMs: 0 } : outcome))),
    })),
  ],
  [
    'EV-8',
    'drops what is given up',
    withFeed((feed) => ({
      settle: (outcomes) =>
        feed.settle(outcomes.map((outcome) => (outcome.kind === 'dead' ? { kind: 'ack', receipt: outcome.receipt } : outcome))),
    })),
  ],
  ['EV-9', 'never takes a delivery over', (transport) => ({ open: (request) => transport.open({ ...request, leaseMs: 1e9 }) })],
  [
    'EV-31',
    'lets a release count as an attempt',
    withFeed((feed) => ({
      settle: (outcomes) =>
        feed.settle(outcomes.map((one) => (one.kind === 'release' ? { kind: 'retry', receipt: one.receipt, delayMs: 0 } : one))),
    })),
  ],
  ['EV-10', 'says yes to a zombie', withFeed((feed) => ({ settle: async (outcomes) => (await feed.settle(outcomes)).map(() => true) }))],
  ['EV-10', 'has no fence', fenceless(new Map())],
  ['EV-11', 'keeps what a member held when it left', withFeed(() => ({ close: async () => undefined }))],
  ['EV-12', 'turns the order around', withFeed((feed) => ({ receive: async (...given) => (await feed.receive(...given)).toReversed() }))],
  ['EV-32', 'always begins with the next event', (transport) => ({ open: (request) => transport.open({ ...request, from: 'now' }) })],
  ['EV-13', 'takes every pattern for **', (transport) => ({ open: (request) => transport.open({ ...request, pattern: '**' }) })],
  ['EV-14', 'lets receives wait for ever', withFeed(() => ({ receive: () => new Promise(() => undefined) }))],
  ['EV-15', 'does not forget', () => ({ forget: async () => undefined })],
  [
    'EV-16',
    'replays nothing and says it did',
    ({ deadLetters }) => ({
      deadLetters: { list: (query) => deadLetters.list(query), discard: (ids) => deadLetters.discard(ids), replay: async () => 1 },
    }),
  ],
  ['EV-18', 'gives more than was asked for', withFeed((feed) => ({ receive: (max, ...rest) => feed.receive(max * 10, ...rest) }))],
  ['EV-19', 'gives everybody the same object', sharing(new Map())],
  [
    'EV-9',
    'does not say that a delivery was taken over',
    withFeed((feed) => ({
      receive: async (...given) => (await feed.receive(...given)).map((delivery) => ({ ...delivery, takenOver: false })),
    })),
  ],
  ['EV-21', 'forgets what was handled', (transport) => ({ open: (request) => transport.open({ ...request, inbox: undefined }) })],
  [
    'EV-21',
    'takes what failed for handled',
    withFeed((feed) => ({
      receive: async (...given) =>
        (await feed.receive(...given)).map((delivery) => ({ ...delivery, handled: delivery.attempt > 1 || delivery.handled })),
    })),
  ],
  ['EV-22', 'keeps no order of keys', unordered],
  [
    'EV-23',
    'takes keys over in any order',
    (transport) => ({
      ...withFeed((feed) => ({ receive: async (...given) => (await feed.receive(...given)).toReversed() }))({
        ...transport,
        ...unordered(transport),
      }),
    }),
  ],
  [
    'EV-24',
    'knows no priorities',
    (transport) => ({
      append: (batch) => transport.append(batch.map(({ event: { priority: _priority, ...event } }) => encodeEvent(event))),
    }),
  ],
  [
    'EV-26',
    'counts what waits twice',
    (transport) => ({ stats: async () => (await transport.stats()).map((each) => ({ ...each, waiting: each.waiting * 2 })) }),
  ],
  [
    'EV-27',
    'drops what it cannot read',
    withFeed((feed) => ({ receive: async (...given) => (await feed.receive(...given)).filter(({ event }) => typeof event === 'object') })),
  ],
  [
    'EV-28',
    'says nothing of itself',
    (transport) => ({ connect: async (runtime) => ({ ...(await transport.connect(runtime)), acknowledged: '' }) }),
  ],
  [
    'EV-30',
    'lets members disagree',
    (transport) => ({ open: (request) => transport.open(request).catch(() => transport.open({ ...request, ordered: !request.ordered })) }),
  ],
];

/** The law on a sabotaged transport; a law that waits for ever counts as broken. */
async function verdict(id: string, sabotage: Sabotage): Promise<'kept' | 'broken'> {
  const law = eventTransportLaws.find((each) => each.id === id);
  const runtime = testRuntime();
  const store = memoryTransport();
  const member = (): EventTransport => {
    const transport = store.join();
    return { ...transport, ...sabotage(transport) };
  };
  const running = law?.run({
    runtime,
    leaseMs: 15_000,
    member,
    pass: (ms) => runtime.clock.advance(ms),
    async inject(type, json) {
      const outsider = store.join();
      await outsider.connect(runtime);
      await outsider.append([{ ...testEvent(randomUUID(), { type }), json }]);
    },
  });
  const stuck = (async () => {
    for (let turn = 0; turn < 200; turn++) await runtime.clock.advance(0);
    return 'broken' as const;
  })();
  return Promise.race([
    stuck,
    Promise.resolve(running).then(
      () => 'kept' as const,
      () => 'broken' as const,
    ),
  ]);
}

describe('the laws of event transports', () => {
  it.each(sabotages)('%s catches a transport that %s', async (id, _what, sabotage) => {
    expect([await verdict(id, () => ({})), await verdict(id, sabotage)]).toEqual(['kept', 'broken']);
  });

  it('are numbered without a gap', () => {
    expect(eventTransportLaws.map(({ id }) => id)).toEqual(eventTransportLaws.map((_law, index) => `EV-${index + 1}`));
  });

  it('know enough cases of patterns', () => {
    expect(patternCases.length).toBeGreaterThanOrEqual(30);
  });
});
