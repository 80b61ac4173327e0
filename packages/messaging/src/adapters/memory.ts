import { checkOptions, coreError, objectWith, type Runtime, wholeNumber } from '@tutti/core';
import type { DirectTransport } from '../transport/direct-transport.ts';
import { memoryDeadLetters } from './memory/dead-letters.ts';
import { MemoryFeed } from './memory/feed.ts';
import { MemoryLog } from './memory/log.ts';
import { type Retention, retentionLimits } from './retention.ts';

export interface MemoryTransportOptions {
  /** @defaultValue 1,000 events, one hour */
  readonly retention?: Retention;
  /** How many events may wait to be handled; beyond that, appending is refused with MESSAGING_BACKPRESSURE. @defaultValue 10,000 */
  readonly maxWaiting?: number;
}

export const memoryRetentionDefaults = { maxEvents: 1_000, maxAge: '1h' } as const;
export const memoryTransportDefaults = { maxWaiting: 10_000 } as const;

export interface MemoryTransport extends DirectTransport {
  /** Another member on the same memory, as another process would have with a transport that is shared. */
  join(): MemoryTransport;
}

/** Keeps events in this process, as long as it lives. */
export function memoryTransport(options: MemoryTransportOptions = {}): MemoryTransport {
  const { retention, maxWaiting } = checkOptions(
    'memoryTransport',
    options,
    { optional: { retention: objectWith('a Retention'), maxWaiting: wholeNumber({ min: 1 }) } },
    memoryTransportDefaults,
  );
  return memberOf(new MemoryLog({ ...retentionLimits('memoryTransport.retention', retention, memoryRetentionDefaults), maxWaiting }));
}

function memberOf(log: MemoryLog): MemoryTransport {
  const name = 'memory transport';
  const feeds = new Set<MemoryFeed>();
  let runtime: Runtime | undefined;
  const connected = (): Runtime => {
    if (!runtime) throw coreError('NOT_RUNNING', { component: name, state: 'closed' });
    return runtime;
  };
  return {
    name,
    capabilities: {
      durable: false,
      ordered: true,
      keyOrder: true,
      priority: true,
      history: true,
      deduplication: true,
      inbox: true,
      outbox: false,
      remote: false,
      direct: true,
    },
    deadLetters: memoryDeadLetters(log),
    join: () => memberOf(log),
    async connect(given) {
      runtime = given;
      return { acknowledged: 'Events are kept in this process, and lost when it ends in any way.', warnings: [] };
    },
    async close() {
      runtime = undefined;
      await Promise.all(Array.from(feeds, (feed) => feed.close()));
    },
    async append(batch) {
      return log.appendAll(batch, connected().clock);
    },
    appendNow: (encoded) => log.appendNow(encoded, connected().clock),
    async open(request) {
      const { clock } = connected();
      const { leaseMs, inbox } = request;
      const feed = new MemoryFeed({
        subscription: log.subscription(request),
        clock,
        leaseMs,
        inbox,
        onClose: (closed) => feeds.delete(closed),
      });
      feeds.add(feed);
      return feed;
    },
    async forget(group, pattern) {
      connected();
      log.forget(group, pattern);
    },
    async stats() {
      return log.stats(connected().clock);
    },
  };
}
