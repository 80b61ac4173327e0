import { checkOptions, coreError, objectWith, type Runtime } from '@tutti/core';
import type { EventTransport, Feed } from '../transport/event-transport.ts';
import { memoryDeadLetters } from './memory-dead-letters.ts';
import { MemoryFeed } from './memory-feed.ts';
import { MemoryLog } from './memory-log.ts';
import { type Retention, retentionLimits } from './retention.ts';

export interface MemoryTransportOptions {
  /** @defaultValue 10,000 events, one hour */
  readonly retention?: Retention;
}

export const memoryRetentionDefaults = { maxEvents: 10_000, maxAge: '1h' } as const;

export interface MemoryTransport extends EventTransport {
  /** Another member on the same memory, as another process would have with a transport that is shared. */
  join(): MemoryTransport;
}

/** Keeps events in this process, as long as it lives. */
export function memoryTransport(options: MemoryTransportOptions = {}): MemoryTransport {
  checkOptions('memoryTransport', options, { optional: { retention: objectWith('a Retention') } });
  return memberOf(new MemoryLog(retentionLimits('memoryTransport.retention', options.retention, memoryRetentionDefaults)));
}

function memberOf(log: MemoryLog): MemoryTransport {
  const name = 'memory transport';
  const feeds = new Set<Feed>();
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
      keyOrder: false,
      priority: false,
      history: true,
      deduplication: true,
      inbox: false,
      outbox: false,
      remote: false,
    },
    deadLetters: memoryDeadLetters(log),
    join: () => memberOf(log),
    async connect(given) {
      runtime = given;
      return { published: 'It is kept in this process, and lost when the process ends in any way.', warnings: [] };
    },
    async close() {
      runtime = undefined;
      await Promise.all(Array.from(feeds, (feed) => feed.close()));
    },
    async append(batch) {
      return log.append(batch, connected().clock.now());
    },
    async open(request) {
      const { clock } = connected();
      const feed = new MemoryFeed({
        subscription: log.subscription(request),
        clock,
        leaseMs: request.leaseMs,
        onClose: (closed) => feeds.delete(closed),
      });
      feeds.add(feed);
      return feed;
    },
    async forget(group, pattern) {
      log.forget(group, pattern, connected().clock.now());
    },
    async stats() {
      return log.stats(connected().clock.now());
    },
  };
}
