import type { InspectableAction, InspectableResource, Page, PageRequest } from '@tutti/core';
import type { SagaSummary } from '../store/saga-record.ts';
import { historyAction } from './history-action.ts';
import type { ParkedSaga } from './parked-sagas.ts';
import { dueTime, type HistoryEntry } from './saga-view.ts';

export interface Views {
  list(page: PageRequest): Promise<Page<SagaSummary>>;
  parked(page: PageRequest): Promise<Page<ParkedSaga>>;
  describe(): readonly Readonly<Record<string, unknown>>[];
  counts(): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

export interface Verbs {
  cancel(id: string, by: By): Promise<void>;
  retry(id: string, by: By): Promise<void>;
  skip(id: string, step: string, by: By): Promise<void>;
  history(id: string, tenant?: string): Promise<readonly HistoryEntry[]>;
}

export interface By {
  readonly actor: string;
  readonly reason: string;
}

export function sagaResources(views: Views): readonly InspectableResource[] {
  return [
    { name: 'sagas', list: async (page) => plain(await views.list(page), shown) },
    { name: 'parked sagas', list: async (page) => plain(await views.parked(page), (saga) => ({ ...saga })) },
    { name: 'saga definitions', list: async (page) => sliced(views.describe(), page) },
    { name: 'saga counts', list: async (page) => sliced(await views.counts(), page) },
  ];
}

/** What can be asked of a saga; the target is its id, of `skip` the id, a slash and the step. */
export function sagaActions(verbs: Verbs): readonly InspectableAction[] {
  return [
    { name: 'cancel', destructive: true, run: async ({ target, ...by }) => asked(target, verbs.cancel(target, by)) },
    { name: 'retry', destructive: false, run: async ({ target, ...by }) => asked(target, verbs.retry(target, by)) },
    {
      name: 'skip',
      destructive: true,
      async run({ target, ...by }) {
        const at = target.lastIndexOf('/');
        return asked(target, verbs.skip(target.slice(0, at), target.slice(at + 1), by));
      },
    },
    historyAction((id, tenant) => verbs.history(id, tenant)),
  ];
}

async function asked(target: string, work: Promise<void>): Promise<Readonly<Record<string, unknown>>> {
  await work;
  return { asked: target };
}

type Item = Readonly<Record<string, unknown>>;

function plain<T>({ items, next }: Page<T>, shown: (item: T) => Item): Page<Item> {
  return { items: items.map(shown), ...(next !== undefined && { next }) };
}

/** Without a time at which nothing will happen. */
function shown({ dueAt, ...saga }: SagaSummary): Item {
  const due = dueTime({ dueAt });
  return { ...saga, ...(due !== undefined && { dueAt: due }) };
}

/** One page of a short list, by position. */
function sliced(all: readonly Item[], { limit, after = '0' }: PageRequest): Page<Item> {
  const from = Number(after);
  const items = all.slice(from, from + limit);
  return { items, ...(from + limit < all.length && { next: String(from + limit) }) };
}
