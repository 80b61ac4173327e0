import type { InspectableResource } from '@tutti/core';
import type { RoutesState } from './routing/route-follower.ts';
import type { Route } from './routing/serve-route.ts';

/** The routes of a gateway, each with the layers that its requests pass, in this order. */
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

/** Where the routes come from: one item, when they are followed. */
export function inspectableRouteSource(key: string, state: () => RoutesState): InspectableResource {
  return {
    name: 'route-source',
    async list() {
      return { items: [{ key, ...state() }] };
    },
  };
}
