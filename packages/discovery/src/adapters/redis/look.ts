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
  readonly records: readonly LookedAt[];
}

export interface LookedAt {
  readonly instanceId: string;
  /** Undefined where it is over. */
  readonly record: string | undefined;
  /** The incarnation of its life that was removed last, if that is the last thing that happened to it. */
  readonly left: string | undefined;
}

export function lookOf(reply: RedisReply): Look {
  const [now, due, place, kind, rows, leavers] = reply as unknown as readonly [
    Buffer,
    Buffer,
    Buffer,
    Buffer,
    readonly (Buffer | null)[],
    readonly Buffer[],
  ];
  return {
    now: Number(String(now)),
    dueMs: due.length === 0 ? Number.POSITIVE_INFINITY : Number(String(due)),
    place: String(place),
    whole: String(kind) === 'all',
    records: Array.from({ length: rows.length / 2 }, (_none, index) => {
      const [record, left] = [rows[2 * index + 1], leavers[index]];
      return {
        instanceId: String(rows[2 * index]),
        record: record ? String(record) : undefined,
        left: left?.length ? (JSON.parse(String(left)) as string) : undefined,
      };
    }),
  };
}
