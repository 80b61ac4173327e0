import type { Page } from '@tutti/core';
import type { RedisReply } from '@tutti/core/redis';
import type { SagaDesk, SagaQuery } from '../../store/saga-desk.ts';
import { isOver, type SagaStatus, type SagaSummary } from '../../store/saga-record.ts';
import type { Bell } from './bell.ts';
import { askScript, forgetScript, listScript, loadScript, statsScript } from './desk-scripts.ts';
import type { RedisSagas } from './redis-sagas.ts';
import { graphOf, recordOf, summaryOf } from './saga-hash.ts';
import { beginningOfKind } from './write-arguments.ts';

/** How many one script looks at or removes at most: the server does nothing else meanwhile. */
const batchSize = 500;
const indexes = ['live', 'done:completed', 'done:compensated'];

export function redisDesk(opened: () => RedisSagas, bell: Bell): SagaDesk {
  return {
    async load(id) {
      const found = (await opened().run(loadScript, [id])) as readonly RedisReply[] | null;
      return found === null ? undefined : recordOf(id, found[0] as RedisReply, found[1] as RedisReply);
    },
    list: (query) => listed(opened(), query),
    async stats() {
      const [oldest, unpublished, fields] = (await opened().run(statsScript, [])) as readonly [Buffer, number, readonly Buffer[]];
      const counts = new Map<string, { saga: string; status: SagaStatus; count: number }>();
      for (let at = 0; at < fields.length; at += 2) {
        const [field, count] = [String(fields[at]), Number(String(fields[at + 1]))];
        const status = field.slice(0, field.indexOf(' ')) as SagaStatus;
        const { saga } = graphOf(field.slice(status.length + 1));
        const before = counts.get(`${status} ${saga}`)?.count ?? 0;
        counts.set(`${status} ${saga}`, { saga, status, count: before + count });
      }
      return { counts: [...counts.values()], oldestDueMs: Number(String(oldest)), unpublished };
    },
    async ask(id, request, from, to) {
      const [rung, status] = (await opened().write(askScript, [id, JSON.stringify(request), to ?? '', ...from])) as readonly [
        number,
        Buffer,
      ];
      if (rung === 1) bell.ring();
      return status.length === 0 ? undefined : (String(status) as SagaStatus);
    },
    async forget(before, max) {
      let forgotten = 0;
      while (forgotten < max) {
        const asked = Math.min(batchSize, max - forgotten);
        const done = Number(await opened().run(forgetScript, [before, asked]));
        forgotten += done;
        if (done < asked) break;
      }
      return forgotten;
    },
    watch: (listener) => bell.watch(listener),
  };
}

/** Goes through the index of those that may fit until there is one more than wanted: only then there is a next page. */
async function listed(sagas: RedisSagas, query: SagaQuery): Promise<Page<SagaSummary>> {
  const { limit, after, saga, status, tenant } = query;
  const filter = [status ?? '', saga === undefined ? '' : beginningOfKind(saga), tenant ?? ''];
  const where = status === undefined ? indexes : [isOver(status) ? `done:${status}` : 'live'];
  const filtered = saga !== undefined || tenant !== undefined || (status !== undefined && !isOver(status));
  const found: (readonly RedisReply[])[] = [];
  for (let place = after ?? '', going = true; going && found.length <= limit; going = place !== '') {
    const look = filtered ? batchSize : Math.min(batchSize, limit + 1 - found.length);
    const [last, rows] = (await sagas.run(listScript, [place, look, ...filter, ...where])) as readonly [Buffer, (readonly RedisReply[])[]];
    found.push(...rows);
    place = String(last);
  }
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items: items.map(summaryOf), ...(found.length > limit && last && { next: String(last[0]) }) };
}
