import type { RedisReply } from '@tutti/core/redis';

/** What a look at a service gave. */
export interface Look {
  /** Of the server, in milliseconds since the epoch. */
  readonly now: number;
  /** Until the next lease ends; infinite while there is none. */
  readonly dueMs: number;
  /** In the log: everything up to here is known now. */
  readonly place: string;
  /** Whether the records are all there are, instead of those that have changed. */
  readonly whole: boolean;
  /** By instance; undefined where it is over. */
  readonly records: readonly (readonly [instanceId: string, record: string | undefined])[];
}

export function lookOf(reply: RedisReply): Look {
  const [now, due, place, kind, rows] = reply as readonly [Buffer, Buffer, Buffer, Buffer, readonly (Buffer | null)[]];
  return {
    now: Number(String(now)),
    dueMs: due.length === 0 ? Number.POSITIVE_INFINITY : Number(String(due)),
    place: String(place),
    whole: String(kind) === 'all',
    records: Array.from({ length: rows.length / 2 }, (_none, index) => {
      const record = rows[2 * index + 1];
      return [String(rows[2 * index]), record ? String(record) : undefined] as const;
    }),
  };
}
