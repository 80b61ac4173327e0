import { defaultRuntime, sleep } from '@tutti/core';
import type { MemberLog } from '@tutti/core/testing';
import type { Delivery, EventTransport, Outcome } from '../transport/event-transport.ts';

const { clock } = defaultRuntime;

/** Writes down what came, what was finished and which outcomes were refused. `unfenced` takes every outcome for accepted, as a store without a fence does. */
export function counting(transport: EventTransport, log: MemberLog, unfenced: boolean): EventTransport {
  const now = (): number => Math.round(clock.epoch());
  return {
    ...transport,
    capabilities: { ...transport.capabilities, outbox: false },
    async open(request) {
      const feed = await transport.open(request);
      const held = new Map<string, string>();
      return {
        async receive(...asked) {
          const deliveries = await feed.receive(...asked);
          const at = now();
          for (const delivery of deliveries) held.set(delivery.receipt, `${idIn(delivery)} ${at} ${delivery.attempt}`);
          if (deliveries.length > 0) log.write(...deliveries.map(({ receipt }) => `held ${held.get(receipt)}`));
          return deliveries;
        },
        async settle(outcomes) {
          if (unfenced) await sleep(clock, 100); // the moment between a decision and its arrival, large enough to be met
          const accepted = await feed.settle(outcomes);
          const at = now();
          const lines: string[] = [];
          for (const [index, { kind, receipt }] of outcomes.entries()) {
            if (kind === 'extend') continue; // a lease that is renewed as it is settled is refused too, which says nothing
            const [id, , attempt] = (held.get(receipt) ?? '').split(' ');
            if (!accepted[index]) lines.push(`stale ${id} ${at} ${kind}`);
            if (final.has(kind) && (accepted[index] || unfenced)) lines.push(`finished ${id} ${at} ${attempt}`);
            held.delete(receipt);
          }
          if (lines.length > 0) log.write(...lines);
          return unfenced ? outcomes.map(() => true) : accepted;
        },
        close: () => feed.close(),
      };
    },
  };
}

const final: ReadonlySet<Outcome['kind']> = new Set(['ack', 'dead']);

function idIn({ event }: Delivery): string {
  return String((event as { id?: unknown }).id);
}
