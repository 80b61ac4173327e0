import type { RedisReply } from '@tutti/core/redis';
import { decodeEvent } from '../../transport/encoded-event.ts';
import type { Delivery } from '../../transport/event-transport.ts';
import type { Level } from '../priority-backlog.ts';
import { identityOfStored } from './bus-keys.ts';

/** Parsed when it is looked at. */
export class RedisDelivery implements Delivery {
  handled = false;
  /** The lease began at this reading of the member's clock, or a little later. */
  leasedAt: number;
  readonly receipt: string;
  readonly attempt: number;
  readonly takenOver: boolean;
  readonly replayedFrom: string | undefined;
  readonly #body: Buffer | string;
  #event: unknown;
  #parsed = false;

  constructor(
    receipt: string,
    body: Buffer | string,
    leasedAt: number,
    again?: { readonly attempt: number; readonly takenOver: boolean; readonly replayedFrom: string | undefined },
  ) {
    this.receipt = receipt;
    this.#body = body;
    this.leasedAt = leasedAt;
    this.attempt = again?.attempt ?? 1;
    this.takenOver = again?.takenOver ?? false;
    this.replayedFrom = again?.replayedFrom;
  }

  get event(): unknown {
    if (!this.#parsed) {
      this.#parsed = true;
      this.#event = decodeEvent(String(this.#body));
    }
    return this.#event;
  }

  get identity(): string | undefined {
    return identityOfStored(this.event);
  }

  get level(): Level {
    return Number(this.receipt[0]) as Level;
  }
}

type Entry = readonly [id: Buffer, fields: readonly Buffer[]];

/** A new entry of a stream. One that somebody else wrote may have any fields. */
export function firstDelivery(level: number, entry: RedisReply, leasedAt: number): RedisDelivery {
  const [id, fields] = entry as unknown as Entry;
  return new RedisDelivery(`${level}:${id.toString('latin1')}`, bodyOf(fields), leasedAt);
}

/** What was retried, released, lost or replayed: reference, fence, body, attempt, taken over, dead letter. */
export function laterDelivery(reply: RedisReply, leasedAt: number): RedisDelivery {
  const [ref, fence, body, attempt, takenOver, replayedFrom] = reply as unknown as [Buffer, Buffer, Buffer, number, Buffer, Buffer];
  return new RedisDelivery(`${String(ref)}|${String(fence)}`, body, leasedAt, {
    attempt,
    takenOver: String(takenOver) === '1',
    replayedFrom: replayedFrom.length > 0 ? String(replayedFrom) : undefined,
  });
}

/** The type of an entry, where it says one. */
export const typeOf = (entry: RedisReply): string => String(fieldOf((entry as unknown as Entry)[1], 't') ?? '');

function fieldOf(fields: readonly Buffer[], name: string): Buffer | undefined {
  for (let index = 0; index + 1 < fields.length; index += 2) if (isNamed(fields[index] as Buffer, name)) return fields[index + 1];
  return undefined;
}

/** All names have one letter. */
const isNamed = (field: Buffer, name: string): boolean => field.length === 1 && field[0] === name.charCodeAt(0);

function bodyOf(fields: readonly Buffer[]): Buffer | string {
  return fieldOf(fields, 'd') ?? JSON.stringify(fields.map(String));
}

export type StreamReplies = readonly (readonly [key: Buffer, entries: readonly RedisReply[]])[];

/** What a read of streams gave: pairs of key and entries, which a client that speaks RESP3 gives one after the other. */
export function streamsOf(reply: RedisReply): StreamReplies {
  const list = reply as readonly RedisReply[];
  if (!(list[0] instanceof Uint8Array)) return list as unknown as StreamReplies;
  return Array.from(
    { length: list.length / 2 },
    (_, index) => [list[index * 2] as Buffer, list[index * 2 + 1] as readonly RedisReply[]] as const,
  );
}
