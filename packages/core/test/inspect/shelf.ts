import type { AuditRecord, Inspectable, InspectableAction } from '../../src/index.ts';
import { coreError } from '../../src/index.ts';

/** A feature with books, for tests: one resource of pages, and actions that do what their names say. */
export interface Shelf extends Inspectable {
  /** Targets of `take`, in order. */
  readonly taken: string[];
}

type Validated =
  | { readonly value: unknown }
  | { readonly issues: readonly { readonly message: string; readonly path: readonly string[] }[] };

/** A Standard Schema of `{ copies: number }` by hand, which describes itself as JSON Schema. */
export const copies: NonNullable<InspectableAction['details']> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value: unknown): Validated =>
      typeof value === 'object' && value !== null && 'copies' in value && Number.isInteger(value.copies)
        ? { value: { copies: Number(value.copies) } }
        : { issues: [{ message: 'must be a whole number', path: ['copies'] }] },
    ...{ jsonSchema: { input: () => ({ type: 'object', properties: { copies: { type: 'integer' } }, required: ['copies'] }) } },
  },
};

export function shelf(titles: readonly string[] = ['Emma', 'Faust', 'Kim', 'She']): Shelf {
  const taken: string[] = [];
  const books = {
    name: 'old books',
    list: async ({ limit, after }: { readonly limit: number; readonly after?: string }) => {
      const from = after === undefined ? 0 : Number(after);
      const items = titles.slice(from, from + limit).map((title, index) => ({ id: from + index, title }));
      return { items, ...(from + limit < titles.length && { next: String(from + limit) }) };
    },
  };
  const broken = { name: 'broken', list: () => Promise.reject(new Error('canary-4711 of the inside')) };
  return {
    feature: 'shelf',
    taken,
    resources: () => [books, broken],
    actions: () => [
      {
        name: 'take',
        destructive: true,
        async run({ target }) {
          taken.push(target);
          return { taken: taken.length };
        },
      },
      { name: 'order', destructive: false, details: copies, run: async ({ details }) => ({ details }) },
      {
        name: 'lend',
        destructive: false,
        run: () => Promise.reject(coreError('WRITE_CONFLICT', { store: 'shelf', statement: 'lend', expectedRows: 1, actualRows: 0 })),
      },
      { name: 'burn', destructive: true, run: () => Promise.reject(new Error('canary-4711 of the inside')) },
    ],
  };
}

/** Keeps records in memory; `fails` makes it refuse. */
export function ledger(): { readonly records: AuditRecord[]; fails: boolean; record(record: AuditRecord): Promise<void> } {
  return {
    records: [],
    fails: false,
    async record(record) {
      if (this.fails) throw new Error('the disk is full');
      this.records.push(structuredClone(record));
    },
  };
}
