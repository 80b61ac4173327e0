import type { CloudEvent } from '@tutti/core';
import { describe, expect, it } from 'vitest';
import { events, shop, withFeed } from '../../test/shop.ts';
import type { Delivery, Outcome } from '../transport/event-transport.ts';
import { EventBus } from './event-bus.ts';

const event = (orderId: string, items: number): CloudEvent => ({
  specversion: '1.0',
  id: `${orderId}.${items}`,
  source: 'shop',
  type: 'order.placed',
  time: '2026-01-01T00:00:00.000Z',
  datacontenttype: 'application/json',
  dataversion: 1,
  subject: orderId,
  data: { orderId, items },
});

const delivery = (orderId: string, items: number, again = 0): Delivery => ({
  receipt: `${orderId}.${items}${'+'.repeat(again)}`,
  attempt: 1,
  event: event(orderId, items),
  handled: false,
  takenOver: false,
  replayedFrom: undefined,
});

/** A member of an ordered subscription whose store gives what the test has it give, and whose handlers run until they are told to end. */
async function member() {
  const place = shop('asked');
  const batches: (readonly Delivery[])[] = [];
  const lost = new Set<string>();
  const log: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  const settled: string[] = [];
  let isAway = false;
  const transport = withFeed(place, () => ({
    async receive(_max, waitMs) {
      const batch = batches.shift();
      if (batch) return batch;
      await new Promise<void>((resolve) => place.runtime.clock.after(Math.min(waitMs, 100), resolve));
      return [];
    },
    async settle(outcomes: readonly Outcome[]) {
      if (isAway) throw new Error('away');
      for (const { kind, receipt } of outcomes) if (kind !== 'extend') settled.push(`${kind} ${receipt}`);
      return outcomes.map(({ receipt }) => !lost.has(receipt));
    },
  }));
  const bus = new EventBus({ events, transport, runtime: place.runtime });
  await bus.start();
  const handler = ({ data }: { data: { orderId: string; items: number } }): Promise<void> => {
    const name = `${data.orderId}.${data.items}`;
    log.push(name);
    return new Promise((resolve, reject) => ends.set(name, (error) => (error ? reject(error) : resolve())));
  };
  bus.subscribe('order.placed', handler, 'billing', { ordered: true, lease: '2s', maxAttempts: 2 });
  return {
    batches,
    lost,
    log,
    settled,
    end: (name: string, error?: Error) => ends.get(name)?.(error),
    pass: place.pass,
    away: (is: boolean): void => {
      isAway = is;
    },
    async stop(): Promise<void> {
      const stopped = bus.stop();
      await place.pass(60_000);
      await stopped;
    },
  };
}

describe('a delivery of an ordered subscription that is lost', () => {
  it('while it waits for its turn is not overtaken by what was taken behind it', async () => {
    const { stop, batches, lost, log, settled, end, pass } = await member();
    batches.push([delivery('a', 1), delivery('a', 2), delivery('a', 3), delivery('b', 1)]);
    await pass(200);
    expect(log).toEqual(['a.1', 'b.1']);
    lost.add('a.2');
    await pass(600); // its lease cannot be renewed
    end('a.1');
    end('b.1');
    await pass(200);
    expect(log).toEqual(['a.1', 'b.1']);
    expect(settled).toEqual(['ack a.1', 'ack b.1', 'release a.2', 'release a.3']);
    batches.push([delivery('a', 2, 1), delivery('a', 3, 1)]);
    await pass(200);
    end('a.2');
    await pass(200);
    expect(log).toEqual(['a.1', 'b.1', 'a.2', 'a.3']);
    end('a.3');
    await pass(200);
    await stop();
  });

  it('while it is handled is not either, and what the store gives again waits for the end of its handler', async () => {
    const { stop, batches, lost, log, settled, end, pass } = await member();
    batches.push([delivery('a', 1), delivery('a', 2)]);
    await pass(200);
    lost.add('a.1');
    await pass(600);
    batches.push([delivery('a', 1, 1), delivery('a', 2, 1)]);
    await pass(200);
    expect(log).toEqual(['a.1']);
    end('a.1', new Error('aborted'));
    await pass(200);
    expect(settled).toEqual(['release a.1', 'release a.2']);
    expect(log).toEqual(['a.1', 'a.1']);
    end('a.1');
    await pass(200);
    end('a.2');
    await pass(200);
    expect(log).toEqual(['a.1', 'a.1', 'a.2']);
    expect(settled.slice(2)).toEqual(['ack a.1+', 'ack a.2+']);
    await stop();
  });

  it('keeps its key waiting as long as the store cannot be told', async () => {
    const { stop, batches, log, settled, end, pass, away } = await member();
    batches.push([delivery('a', 1), delivery('a', 2)]);
    await pass(200);
    away(true);
    await pass(2_000); // the lease runs out, and nobody can be asked
    end('a.1');
    await pass(1_000);
    expect(log).toEqual(['a.1']);
    away(false);
    await pass(10_000);
    expect(log).toEqual(['a.1']);
    expect(settled).toEqual(['release a.1', 'release a.2']);
    batches.push([delivery('a', 2, 1)]);
    await pass(200);
    expect(log).toEqual(['a.1', 'a.2']);
    end('a.2');
    await pass(200);
    await stop();
  });
});
