import type { InspectableResource } from '@tutti/core';

export type Item = Readonly<Record<string, unknown>> & { readonly id: string };

/** A resource of what is known now, by id. */
export function pagedById(name: string, items: () => Iterable<Item>): InspectableResource {
  return {
    name,
    async list({ limit, after = '' }) {
      const byId = new Map(Array.from(items(), (item) => [item.id, item]));
      const ids = [...byId.keys()].filter((id) => id > after).toSorted();
      const page = ids.slice(0, limit);
      const last = page.at(-1);
      return { items: page.map((id) => ({ ...byId.get(id) })), ...(last !== undefined && ids.length > limit && { next: last }) };
    },
  };
}
