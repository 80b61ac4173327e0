import { type CloudEvent, coreError } from '@tutti/core';

/** An event and its form on the wire, made once. */
export interface EncodedEvent {
  readonly event: CloudEvent;
  /** CloudEvents 1.0, JSON format. */
  readonly json: string;
}

/** @throws INVALID_DATA for data that JSON cannot hold: a cycle, a bigint. */
export function encodeEvent(event: CloudEvent): EncodedEvent {
  try {
    return { event, json: JSON.stringify(event) };
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
