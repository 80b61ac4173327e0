import { type Call, checkData, coreError, type EventCatalogue, type Runtime } from '@tutti/core';
import { messagingError } from '../errors.ts';
import { type EncodedEvent, encodeEvent } from '../transport/encoded-event.ts';
import type { EventTransport } from '../transport/event-transport.ts';
import { makeEnvelope } from './envelope.ts';
import type { BusDraft } from './event-bus-options.ts';
import { TurnBatch } from './turn-batch.ts';

export interface PublisherOptions {
  readonly events: EventCatalogue;
  readonly transport: EventTransport;
  readonly runtime: Runtime;
}

/** From a draft to a stored event. */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #appends: TurnBatch<EncodedEvent, boolean>;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#appends = new TurnBatch((batch) => options.transport.append(batch));
  }

  /** Checks a draft and writes it down, one by one: what is wrong with it must not touch the others of its batch. */
  async encode(draft: BusDraft, call: Call | undefined): Promise<EncodedEvent> {
    const { events, runtime } = this.#options;
    call?.throwIfOver('publish');
    const { type, source, id } = draft;
    const definition = Object.hasOwn(events, type) ? events[type] : undefined;
    if (!definition) throw messagingError('MESSAGING_UNKNOWN_TYPE', { type: String(type) });
    if (!isText(source)) throw coreError('INVALID_ARGUMENT', { path: 'source', problem: 'must be a non-empty string' });
    if (id !== undefined && !isText(id)) throw coreError('INVALID_ARGUMENT', { path: 'id', problem: 'must be a non-empty string' });
    const data = await checkData(type, definition.schema, draft.data);
    return encodeEvent(makeEnvelope(definition, { ...draft, data }, { call, runtime }));
  }

  /** Resolves when the event is stored; true for one that was there before. */
  append(encoded: EncodedEvent): Promise<boolean> {
    return this.#appends.add(encoded);
  }

  /** Resolves when everything appended so far is stored or refused. */
  settled(): Promise<void> {
    return this.#appends.settled();
  }
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
