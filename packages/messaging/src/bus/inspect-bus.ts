import type { InspectableAction, InspectableResource, Page, PageRequest } from '@tutti/core';
import { everyTenant } from '@tutti/core';
import type { DeadLetter } from '../transport/dead-letters.ts';
import type { SubscriptionStats } from '../transport/event-transport.ts';
import type { DeadLetterDesk } from './dead-letter-desk.ts';
import type { MemberView } from './member.ts';

/** The members of this process. */
export function subscriptionsResource(views: () => readonly MemberView[]): InspectableResource {
  const plain = () => views().map((view) => ({ ...view }));
  return { name: 'subscriptions', list: async (request) => pageOf(plain(), ({ id }) => id, request) };
}

/** How all subscriptions of the store stand, whoever serves them. */
export function backlogResource(stats: () => Promise<readonly SubscriptionStats[]>): InspectableResource {
  const named = async () => (await stats()).map((each) => ({ id: `${each.group} (${each.pattern})`, ...each }));
  return { name: 'backlog', list: async (request) => pageOf(await named(), ({ id }) => id, request) };
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

/** One page of what has an id, by id. */
function pageOf<T extends Readonly<Record<string, unknown>>>(
  all: readonly T[],
  idOf: (item: T) => string,
  { limit, after = '' }: PageRequest,
): Page<Readonly<Record<string, unknown>>> {
  const rest = all.filter((item) => idOf(item) > after).toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  return { items, ...(last && rest.length > limit && { next: idOf(last) }) };
}
