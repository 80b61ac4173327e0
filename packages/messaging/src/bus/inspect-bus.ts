import { everyTenant, type InspectableAction, type InspectableResource, resourceById } from '@tutti/core';
import type { DeadLetter } from '../transport/dead-letters.ts';
import type { SubscriptionStats } from '../transport/event-transport.ts';
import type { DeadLetterDesk } from './dead-letter-desk.ts';
import type { MemberView } from './member.ts';

/** The members of this process. */
export function subscriptionsResource(views: () => readonly MemberView[]): InspectableResource {
  return resourceById('subscriptions', () => views().map((view) => ({ ...view })));
}

/** How all subscriptions of the store stand, whoever serves them. */
export function backlogResource(stats: () => Promise<readonly SubscriptionStats[]>): InspectableResource {
  return resourceById('backlog', async () => (await stats()).map((each) => ({ id: `${each.group} (${each.pattern})`, ...each })));
}

/** The dead letters of the whole store. Stacks stay there: they belong into a debugger, not into a list. */
export function deadLettersResource(desk: DeadLetterDesk): InspectableResource {
  return {
    name: 'dead letters',
    async list(page) {
      const { items, next } = await desk.list({ tenant: everyTenant, ...page });
      return { items: items.map(viewOf), ...(next !== undefined && { next }) };
    },
  };
}

function viewOf({ failure: { message, code }, ...letter }: DeadLetter): Readonly<Record<string, unknown>> {
  return { ...letter, failure: { message, ...(code !== undefined && { code }) } };
}

/** What can be done to one dead letter; the target is its id. */
export function deadLetterActions(desk: DeadLetterDesk): readonly InspectableAction[] {
  const one = (target: string) => ({ tenant: everyTenant, ids: [target] }) as const;
  return [
    { name: 'replay', destructive: false, run: async ({ target }) => ({ replayed: (await desk.replay(one(target))).done }) },
    { name: 'discard', destructive: true, run: async ({ target }) => ({ discarded: (await desk.discard(one(target))).done }) },
  ];
}
