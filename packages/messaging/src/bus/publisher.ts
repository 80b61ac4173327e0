import {
  type Backoff,
  type Call,
  checkDataNow,
  coreError,
  type EventCatalogue,
  type EventDefinition,
  exponential,
  type Published,
  type Runtime,
  Stamps,
  sleep,
  TuttiError,
} from '@tutti/core';
import { messagingError } from '../errors.ts';
import { type EncodedEvent, encodeEvent, OwnEvent } from '../transport/encoded-event.ts';
import type { EventTransport } from '../transport/event-transport.ts';
import { jsonCopy, wasExact } from '../transport/json-copy.ts';
import { makeEnvelope } from './envelope.ts';
import type { BusDraft } from './event-bus-options.ts';
import { InFlight } from './in-flight.ts';
import type { PublishingLimits } from './publishing-options.ts';
import { TurnBatch } from './turn-batch.ts';

export interface PublisherOptions {
  readonly events: EventCatalogue;
  readonly transport: EventTransport;
  readonly limits: PublishingLimits;
  readonly runtime: Runtime;
  readonly name: string;
}

/** The store may be away, or full, for as long as it likes where a publisher waits for it. */
const patience: Backoff = exponential({ initial: '50ms', max: '2s' });

/** From a draft to a stored event. */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #stamps: Stamps;
  readonly #inFlight: InFlight;
  readonly #appends: TurnBatch<EncodedEvent, Published>;
  /** When to give up waiting for the store; on the monotonic clock. */
  #endsAt = Number.POSITIVE_INFINITY;

  constructor(options: PublisherOptions) {
    const { limits, runtime, name } = options;
    this.#options = options;
    this.#stamps = new Stamps(runtime);
    this.#inFlight = new InFlight(name, limits.maxInFlight, limits.whenFull);
    // one at a time keeps the order where a batch may have to be sent again
    const waits = limits.whenAway === 'wait' || limits.whenFull === 'wait';
    this.#appends = new TurnBatch((batch) => this.#store(batch), { maxSending: waits ? 1 : 4 });
  }

  /** Checks a draft and makes its event, with its JSON. What is wrong with it must not touch the others of its batch. */
  encode(draft: BusDraft, call: Call | undefined): EncodedEvent | Promise<EncodedEvent> {
    const definition = this.#check(draft, call);
    const data = checkDataNow(draft.type, definition.schema, draft.data);
    if (data instanceof Promise) return data.then((checked) => this.#encoded(definition, draft, checked, call));
    return this.#encoded(definition, draft, data, call);
  }

  /** The same for a store that keeps the event itself. */
  makeOwn(draft: BusDraft, call: Call | undefined): OwnEvent | Promise<OwnEvent> {
    const definition = this.#check(draft, call);
    const data = checkDataNow(draft.type, definition.schema, draft.data);
    if (data instanceof Promise) return data.then((checked) => this.#own(definition, draft, checked, call));
    return this.#own(definition, draft, data, call);
  }

  #check(draft: BusDraft, call: Call | undefined): EventDefinition<unknown> {
    call?.throwIfOver('publish');
    const { type, source, id } = draft;
    const { events } = this.#options;
    const definition = Object.hasOwn(events, type) ? events[type] : undefined;
    if (!definition) throw messagingError('MESSAGING_UNKNOWN_TYPE', { type: String(type) });
    if (!isText(source)) throw coreError('INVALID_ARGUMENT', { path: 'source', problem: 'must be a non-empty string' });
    if (id !== undefined && !isText(id)) throw coreError('INVALID_ARGUMENT', { path: 'id', problem: 'must be a non-empty string' });
    return definition;
  }

  #encoded(definition: EventDefinition<unknown>, draft: BusDraft, data: unknown, call: Call | undefined): EncodedEvent {
    this.#stamps.next();
    return encodeEvent(makeEnvelope(definition, draft, data, call, this.#stamps), { fresh: draft.id === undefined });
  }

  #own(definition: EventDefinition<unknown>, draft: BusDraft, data: unknown, call: Call | undefined): OwnEvent {
    this.#stamps.next();
    const copy = ownCopy(draft.type, data);
    const checkedBy = wasExact() ? definition : undefined;
    const event = makeEnvelope(definition, draft, copy, call, this.#stamps);
    return new OwnEvent(event, draft.id === undefined, checkedBy, this.#stamps.epochMs);
  }

  /**
   * Resolves when the event is stored, and says whether it was there before.
   * @throws MESSAGING_BACKPRESSURE, at once.
   */
  append(encoded: EncodedEvent): Promise<Published> {
    // not async: what was published is kept waiting by one promise, that of its batch
    if (this.#inFlight.enter()) return this.#appends.add(encoded);
    return this.#inFlight.room().then(() => this.#appends.add(encoded));
  }

  /** Resolves when everything appended so far is stored or refused; what waits for the store gives up after `patienceMs`. */
  async close(patienceMs: number): Promise<void> {
    this.#endsAt = this.#options.runtime.clock.now() + patienceMs;
    await this.#appends.settled();
  }

  async #store(batch: readonly EncodedEvent[]): Promise<readonly Published[]> {
    try {
      const duplicates = await this.#append(batch);
      return batch.map(({ event }, index) => ({ id: event.id, duplicate: duplicates[index] === true }));
    } finally {
      this.#inFlight.leave(batch.length);
    }
  }

  async #append(batch: readonly EncodedEvent[]): Promise<readonly boolean[]> {
    const { transport, runtime } = this.#options;
    const { clock, random, logger } = runtime;
    for (let [attempt, sent] = [1, batch]; ; attempt++) {
      try {
        return await transport.append(sent);
      } catch (error) {
        if (sent.length > 1 && this.#isFull(error)) return this.#inHalves(sent);
        const delayMs = patience.delayMs(attempt, random);
        if (!this.#waitsFor(error) || clock.now() + delayMs > this.#endsAt) throw error;
        logger.log('warn', `${this.#options.name}: cannot publish now; it is tried again`, { error, attempt, events: batch.length });
        sent = batch.map(asked);
        await sleep(clock, delayMs);
      }
    }
  }

  /** What is free may be less than a batch needs, for ever. */
  async #inHalves(batch: readonly EncodedEvent[]): Promise<readonly boolean[]> {
    const middle = batch.length >> 1;
    const first = await this.#append(batch.slice(0, middle).map(asked));
    return [...first, ...(await this.#append(batch.slice(middle).map(asked)))];
  }

  #waitsFor(error: unknown): boolean {
    return TuttiError.is(error, 'STORE_UNAVAILABLE') ? this.#options.limits.whenAway === 'wait' : this.#isFull(error);
  }

  #isFull(error: unknown): boolean {
    return TuttiError.is(error, 'MESSAGING_BACKPRESSURE') && this.#options.limits.whenFull === 'wait';
  }
}

/** It may have been stored although it was not said: from now on the store has to look. */
const asked = ({ event, json }: EncodedEvent): EncodedEvent => ({ event, json, fresh: false });

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

function ownCopy(type: string, data: unknown): unknown {
  try {
    return jsonCopy(data);
  } catch (cause) {
    throw coreError('INVALID_DATA', { path: type, problem: `cannot be written as JSON: ${String(cause)}` }, { cause });
  }
}
