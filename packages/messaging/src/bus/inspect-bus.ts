import type { Health, InspectableAction, InspectableResource } from '@tutti/core';
import type { DeadLetters } from '../transport/dead-letters.ts';

/** What one member of a subscription shows of itself. */
export interface SubscriptionView {
  readonly id: string;
  readonly group: string;
  readonly pattern: string;
  readonly running: number;
  readonly health: Health;
}

/** The subscriptions of this process. */
export function subscriptionsResource(views: () => readonly SubscriptionView[]): InspectableResource {
  return {
    name: 'subscriptions',
    async list({ limit, after = '' }) {
      const rest = views()
        .filter(({ id }) => id > after)
        .toSorted((a, b) => (a.id < b.id ? -1 : 1));
      const items = rest.slice(0, limit);
      const last = items.at(-1);
      return { items: items.map((view) => ({ ...view })), ...(last && rest.length > limit && { next: last.id }) };
    },
  };
}

/** The dead letters of the whole store. Stacks stay there: they belong into a debugger, not into a list. */
export function deadLettersResource(deadLetters: DeadLetters): InspectableResource {
  return {
    name: 'dead letters',
    async list(page) {
      const { items, next } = await deadLetters.list(page);
      const views = items.map(({ failure: { message, code }, ...letter }) => ({
        ...letter,
        failure: { message, ...(code !== undefined && { code }) },
      }));
      return { items: views, ...(next !== undefined && { next }) };
    },
  };
}

/** What can be done to one dead letter; the target is its id. */
export function deadLetterActions(deadLetters: DeadLetters): readonly InspectableAction[] {
  return [
    { name: 'replay', destructive: false, run: async ({ target }) => ({ replayed: await deadLetters.replay([target]) }) },
    { name: 'discard', destructive: true, run: async ({ target }) => ({ discarded: await deadLetters.discard([target]) }) },
  ];
}
