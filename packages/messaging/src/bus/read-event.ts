import { type CloudEvent, checkDataNow, type EventCatalogue, TuttiError } from '@tutti/core';
import { messagingError } from '../errors.ts';
import type { DeadReason } from '../transport/dead-letters.ts';
import { readEnvelope } from './envelope.ts';
import { upcastData } from './upcast.ts';

type Writable = { -readonly [K in keyof CloudEvent]: CloudEvent[K] };

/** Reasons to give an event up before any handler has seen it, by the code of what is wrong with it. */
const unreadable: Readonly<Record<string, DeadReason>> = {
  MESSAGING_BAD_ENVELOPE: 'schema',
  INVALID_DATA: 'schema',
  MESSAGING_UNKNOWN_TYPE: 'unknown-type',
  MESSAGING_NO_UPCASTER: 'version',
};

/** Why an event that cannot be read is given up; undefined for a failure that says nothing of the event. */
export function unreadableFor(error: unknown): DeadReason | undefined {
  return TuttiError.is(error) ? unreadable[error.code] : undefined;
}

/**
 * From what was stored to an event of the catalogue, its data checked. A promise only where the schema needs one.
 *
 * An event whose type the catalogue does not have, heard under a pattern, is given up rather than skipped: a member with
 * a newer catalogue may be there to handle it, and a dead letter can be replayed where a skipped event is gone.
 */
export function readEvent(events: EventCatalogue, stored: unknown): CloudEvent | Promise<CloudEvent> {
  const event: Writable = readEnvelope(stored);
  const definition = Object.hasOwn(events, event.type) ? events[event.type] : undefined;
  if (!definition) throw messagingError('MESSAGING_UNKNOWN_TYPE', { type: event.type });
  const current = upcastData(event.type, definition, event.dataversion, event.data);
  const data = checkDataNow(event.type, definition.schema, current);
  if (data instanceof Promise) return data.then((checked) => withData(event, checked, definition.version));
  return withData(event, data, definition.version);
}

/** What the handler sees is of the catalogue's version, whatever was stored. */
function withData(event: Writable, data: unknown, version: number): CloudEvent {
  event.data = data;
  event.dataversion = version;
  return event;
}
