import type { InspectableResource } from './inspectable.ts';

export type ResourceRow = Readonly<Record<string, unknown>> & { readonly id: string };

/**
 * A resource of what is known when it is asked, page by page in the order of ids. Of rows with the same id the last one counts, and members
 * that are undefined are left out.
 */
export function resourceById(name: string, rows: () => Iterable<ResourceRow> | Promise<Iterable<ResourceRow>>): InspectableResource {
  return {
    name,
    async list({ limit, after = '' }) {
      const byId = new Map(Array.from(await rows(), (row) => [row.id, row]));
      const ids = [...byId.keys()].filter((id) => id > after).toSorted();
      const page = ids.slice(0, limit);
      const last = page.at(-1);
      return { items: page.map((id) => present(byId.get(id) ?? {})), ...(last !== undefined && ids.length > limit && { next: last }) };
    },
  };
}

function present(row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));
}
