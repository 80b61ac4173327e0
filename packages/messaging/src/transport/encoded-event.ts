import { type CloudEvent, coreError } from '@tutti/core';

/** An event and its form on the wire. */
export interface EncodedEvent {
  readonly event: CloudEvent;
  /** CloudEvents 1.0, JSON format. */
  readonly json: string;
  /**
   * The id was made for this event, so nothing of the same identity can have been stored before: a store that would have to look
   * for it need not.
   */
  readonly fresh: boolean;
  /** What has checked the data, where it is exactly what any store would give back: whoever would check it with the same need not. */
  readonly checkedBy?: object | undefined;
}

/**
 * For a store in this process, which keeps the event itself, and this beside it. Its JSON is made when somebody wants it after all.
 */
export class OwnEvent implements EncodedEvent {
  readonly event: CloudEvent;
  readonly fresh: boolean;
  readonly checkedBy: object | undefined;
  /** When it was made: milliseconds since the epoch. */
  readonly epochMs: number;
  /** The store's own: how many still wait for it. */
  waiting = 0;
  /** The store's own: its number in the order of storing. */
  seq = 0;

  constructor(event: CloudEvent, fresh: boolean, checkedBy: object | undefined, epochMs: number) {
    this.event = event;
    this.fresh = fresh;
    this.checkedBy = checkedBy;
    this.epochMs = epochMs;
  }

  get json(): string {
    return written(this.event);
  }
}

/** @throws INVALID_DATA for data that JSON cannot hold. */
export function encodeEvent(event: CloudEvent, { fresh = false }: { readonly fresh?: boolean } = {}): EncodedEvent {
  return { event, json: written(event), fresh };
}

function written(event: CloudEvent): string {
  try {
    return JSON.stringify(event);
  } catch (cause) {
    throw coreError('INVALID_DATA', { path: event.type, problem: `cannot be written as JSON: ${String(cause)}` }, { cause });
  }
}

/** What a stored text says; the text itself when it is no JSON. */
export function decodeEvent(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json; // not our writing: the reader finds that it is no event and gives it up with the text
  }
}
