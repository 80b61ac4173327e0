import type { CloudEvent } from '@tutti/core';
import type { DeadLetter } from '../../transport/dead-letters.ts';
import { decodeEvent, type EncodedEvent, OwnEvent } from '../../transport/encoded-event.ts';

/** An event as memory keeps it: what its publisher made, or what an outsider's text says, which may be no event. */
export type LoggedEvent = OwnEvent;

/** What is kept of a text: the event it says, or the text itself. */
export function loggedText({ fresh, json }: EncodedEvent, epochMs: number): LoggedEvent {
  const decoded = decodeEvent(json);
  return new OwnEvent((typeof decoded === 'object' ? decoded : json) as CloudEvent, fresh, undefined, epochMs);
}

/** `source` and `id`; whatever is no event has none. */
export function identityOf(stored: CloudEvent | string | null): string | undefined {
  return typeof stored === 'string' || stored === null ? undefined : `${stored.source}\n${stored.id}`;
}

/** A dead letter with what its replay needs. */
export interface MemoryDeadLetter extends Omit<DeadLetter, 'event'> {
  readonly logged: LoggedEvent;
}

/** Whom a subscription tells what became of an event. */
export interface EventKeeper {
  /** One subscription less waits for it. */
  settled(logged: LoggedEvent): void;
  bury(letter: Omit<MemoryDeadLetter, 'id'>): void;
}
