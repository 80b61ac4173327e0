import { checkOptions, coreError, type Runtime } from '@tutti/core';
import type { Inbox } from '../inbox/inbox.ts';
import { checkIdentities, type InboxLimits, inboxLimitRules, resolveInboxLimits } from '../inbox/inbox-limits.ts';
import { HandledEvents } from './memory/handled-events.ts';

export type MemoryInboxOptions = InboxLimits;

export const memoryInboxDefaults = { maxEvents: 10_000, maxAge: '1h' } as const;

/**
 * Remembers in this process, as long as it lives. Good for tests, and where a repeat after a restart does no harm.
 *
 * @example
 * ```ts
 * import { memoryInbox } from '@tutti/messaging';
 *
 * const inbox = memoryInbox({ maxEvents: 100_000, maxAge: '1d' });
 * ```
 */
export function memoryInbox(options: MemoryInboxOptions = {}): Inbox {
  const limits = resolveInboxLimits(
    'memoryInbox',
    checkOptions('memoryInbox', options, { optional: inboxLimitRules }, memoryInboxDefaults),
  );
  const handled = new Map<string, HandledEvents>();
  /** Of each bus that is connected. */
  const runtimes: Runtime[] = [];

  function memoryOf(subscription: string, identities: readonly string[]): HandledEvents {
    if (runtimes.length === 0) throw coreError('NOT_RUNNING', { component: 'memory inbox', state: 'closed' });
    checkIdentities(subscription, identities);
    let memory = handled.get(subscription);
    if (!memory) {
      memory = new HandledEvents();
      handled.set(subscription, memory);
    }
    return memory;
  }
  return {
    name: 'memory inbox',
    durable: false,
    transactional: false,
    async connect(runtime) {
      runtimes.push(runtime);
    },
    async close() {
      runtimes.pop();
    },
    async handled(subscription, identities) {
      const memory = memoryOf(subscription, identities);
      return identities.map((identity) => memory.has(identity));
    },
    async remember(subscription, identities) {
      const memory = memoryOf(subscription, identities);
      const now = (runtimes[0] as Runtime).clock.now();
      for (const identity of identities) memory.add(identity, now, limits);
    },
  };
}
