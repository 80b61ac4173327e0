import type { Page } from '@tutti/core';
import type { RedisReply } from '@tutti/core/redis';
import { noPlace } from '../../store/list-place.ts';
import type { SagaDesk, SagaQuery } from '../../store/saga-desk.ts';
import { isOver, isParked, type SagaStatus, type SagaSummary } from '../../store/saga-record.ts';
import type { Bell } from './bell.ts';
import { askScript, endedScript, forgetScript, listScript, loadScript, openScript, rowsScript, statsScript } from './desk-scripts.ts';
import type { RedisSagas } from './redis-sagas.ts';
import { graphOf, recordOf, summaryOf } from './saga-hash.ts';
import { beginningOfKind, isPlace } from './write-arguments.ts';

/** How many one script looks at or removes at most: the server does nothing else meanwhile. */
const batchSize = 500;

export function redisDesk(opened: () => RedisSagas, bell: Bell): SagaDesk {
  return {
    async load(id) {
      const found = (await opened().run(loadScript, [id])) as readonly RedisReply[] | null;
      return found === null ? undefined : recordOf(id, found[0] as RedisReply, found[1] as RedisReply);
    },
    async ended(ids) {
      return ((await opened().run(endedScript, [...ids])) as readonly Buffer[]).map(String);
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

async function listed(sagas: RedisSagas, query: SagaQuery): Promise<Page<SagaSummary>> {
  const { limit, status, after } = query;
  if (after !== undefined && !isPlace(after)) throw noPlace();
  const isOpen = status !== undefined && !isOver(status) && !isParked(status);
  const found = await (isOpen ? openOnes(sagas, query) : indexed(sagas, query));
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items: items.map(summaryOf), ...(found.length > limit && last && { next: String(last[0]) }) };
}

type Row = readonly RedisReply[];

const filterOf = ({ saga, status, tenant }: SagaQuery): readonly [string, string, string] => [
  status ?? '',
  saga === undefined ? '' : beginningOfKind(saga),
  tenant ?? '',
];

/** Goes through an index until there is one more than wanted: only then there is a next page. */
async function indexed(sagas: RedisSagas, query: SagaQuery): Promise<readonly Row[]> {
  const { limit, after = '', saga, status, tenant } = query;
  const index = status === undefined || status === 'completed' ? 'all' : isParked(status) ? 'parked' : status;
  const found: Row[] = [];
  for (let place = after, going = true; going && found.length <= limit; going = place !== '') {
    const look = (saga ?? tenant ?? status) ? batchSize : Math.min(batchSize, limit + 1 - found.length);
    const [last, rows] = (await sagas.run(listScript, [...filterOf(query), index, place, look])) as readonly [Buffer, readonly Row[]];
    found.push(...rows);
    place = String(last);
  }
  return found;
}

/** What is under way is little beside what is over, and changes all the time: an index of it by creation would cost every saga two writes. */
async function openOnes(sagas: RedisSagas, query: SagaQuery): Promise<readonly Row[]> {
  const filter = filterOf(query);
  const ids = (await sagas.run(openScript, [filter[1]])) as readonly Buffer[];
  const found: Row[] = [];
  for (let at = 0; at < ids.length; at += batchSize) {
    const rows = (await sagas.run(rowsScript, [...filter, ...ids.slice(at, at + batchSize)])) as readonly Row[];
    found.push(...rows.filter(([place]) => query.after === undefined || Buffer.compare(place as Buffer, Buffer.from(query.after)) < 0));
  }
  return found.sort(([a], [b]) => Buffer.compare(b as Buffer, a as Buffer));
}
