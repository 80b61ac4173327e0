import { type Call, type CloudEvent, checkData, compose, type EventCatalogue, type Handler, type Runtime, TuttiError } from '@tutti/core';
import { messagingError } from '../errors.ts';
import type { DeadReason } from '../transport/dead-letters.ts';
import type { Delivery, Outcome } from '../transport/event-transport.ts';
import { readEnvelope } from './envelope.ts';
import type { ConsumerSettings } from './event-bus-options.ts';
import { afterFailure, failureOf } from './failure.ts';

export type EventHandler = (event: CloudEvent, call: Call) => Promise<void> | void;

/** Reasons to give an event up before any handler has seen it, by the code of what is wrong with it. */
const unreadable: Readonly<Record<string, DeadReason>> = {
  MESSAGING_BAD_ENVELOPE: 'schema',
  INVALID_DATA: 'schema',
  MESSAGING_UNKNOWN_TYPE: 'unknown-type',
};

/**
 * From a delivery to its outcome: reads and checks the event, runs the handler inside its layers, judges a failure.
 *
 * An event whose type the catalogue does not have, heard under a pattern, is given up rather than skipped: a member with
 * a newer catalogue may be there to handle it, and a dead letter can be replayed where a skipped event is gone.
 */
export function deliveryHandler(
  events: EventCatalogue,
  handler: EventHandler,
  settings: ConsumerSettings,
  runtime: Runtime,
): Handler<Delivery, Outcome> {
  const handle = compose<CloudEvent, void>(async (event, call) => handler(event, call), settings.layers);
  return async (delivery, call) => {
    const { receipt, attempt } = delivery;
    const dead = (reason: DeadReason, error: unknown): Outcome => ({ kind: 'dead', receipt, reason, failure: failureOf(error) });
    if (attempt > settings.maxAttempts) return dead('no-outcome', messagingError('MESSAGING_NO_OUTCOME', { attempts: attempt - 1 }));
    let event: CloudEvent;
    try {
      event = await readEvent(events, delivery.event);
    } catch (error) {
      const reason = TuttiError.is(error) ? unreadable[error.code] : undefined;
      return reason ? dead(reason, error) : afterFailure(delivery, error, settings, runtime.random);
    }
    try {
      await handle(event, call);
      return { kind: 'ack', receipt };
    } catch (error) {
      return afterFailure(delivery, error, settings, runtime.random);
    }
  };
}

async function readEvent(events: EventCatalogue, stored: unknown): Promise<CloudEvent> {
  const event: { -readonly [K in keyof CloudEvent]: CloudEvent[K] } = readEnvelope(stored);
  const definition = Object.hasOwn(events, event.type) ? events[event.type] : undefined;
  if (!definition) throw messagingError('MESSAGING_UNKNOWN_TYPE', { type: event.type });
  event.data = await checkData(event.type, definition.schema, event.data);
  return event;
}
