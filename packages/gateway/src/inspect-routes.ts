import type { InspectableResource } from '@tutti/core';
import type { Route } from './routing/serve-route.ts';

/** The routes of a gateway. */
export function inspectableRoutes(routes: () => readonly Route[]): InspectableResource {
  return {
    name: 'routes',
    async list({ limit, after }) {
      const from = after === undefined ? 0 : Number(after);
      const all = routes();
      const items = all.slice(from, from + limit).map(({ rule, order }) => ({ ...rule, order }));
      return { items, ...(from + limit < all.length && { next: String(from + limit) }) };
    },
  };
}
