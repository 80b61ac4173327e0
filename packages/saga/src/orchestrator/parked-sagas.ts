import { everyTenant, type Page, type PageRequest } from '@tutti/core';
import { noPlace } from '../store/list-place.ts';
import type { SagaSummary } from '../store/saga-record.ts';
import type { SagaListQuery } from './check-calls.ts';
import type { SagaView } from './saga-view.ts';

/** What is parked, and what may be asked of it: all that somebody needs who was woken up for it. */
export type ParkedSaga = Pick<SagaView, 'id' | 'saga' | 'status' | 'failure' | 'verbs'>;

/** The part of an orchestrator that is asked. */
interface Sagas {
  list(query: SagaListQuery): Promise<Page<SagaSummary>>;
  get(id: string): Promise<SagaView>;
}

const parkedStatuses = ['compensation_failed', 'stuck'] as const;

/** Sagas that wait for somebody: first those that could not be undone, then those that are stuck, the newest first. */
export async function parkedSagas(sagas: Sagas, { limit, after = '' }: PageRequest): Promise<Page<ParkedSaga>> {
  const items: ParkedSaga[] = [];
  const [from, within] = after.split(/:(.*)/s);
  if (from !== '' && !parkedStatuses.some((status) => status === from)) throw noPlace();
  let start = within;
  for (const status of parkedStatuses.slice(from === 'stuck' ? 1 : 0)) {
    if (items.length === limit) return { items, next: status };
    const page = await sagas.list({
      tenant: everyTenant,
      limit: limit - items.length,
      status,
      ...(start !== undefined && { after: start }),
    });
    const views = await Promise.all(page.items.map(({ id }) => sagas.get(id)));
    // one that was opened meanwhile is parked no more
    items.push(...views.filter((view) => view.status === status).map(shown));
    if (page.next !== undefined) return { items, next: `${status}:${page.next}` };
    start = undefined;
  }
  return { items };
}

const shown = ({ id, saga, status, failure, verbs }: SagaView): ParkedSaga => ({ id, saga, status, verbs, ...(failure && { failure }) });
