import { type Call, type CallAttributes, checkDataNow, coreError, type EventDraft, writeCallAttributes } from '@tutti/core';
import type { AnySaga } from '../definition/saga-definition.ts';
import type { StoredEvent } from '../store/saga-outbox.ts';
import type { Journal } from './journal.ts';

/** What an event is about: a saga that is being carried on. */
export interface EventOrigin {
  readonly saga: AnySaga;
  readonly journal: Journal;
  readonly call: Call;
}

/** What an outbox holds of an event: the draft, and the call it is published with. */
export interface EventBody {
  readonly draft: EventDraft & { readonly id: string };
  readonly call: CallAttributes;
}

const none: readonly StoredEvent[] = Object.freeze([]);

/** Makes what steps publish, and what the orchestrator itself announces, into events of the outbox, with ids that a repetition keeps. */
export class EventWriter {
  readonly #publishes: boolean;
  readonly #announces: boolean;

  constructor(options: { readonly publishes: boolean; readonly announces: boolean }) {
    this.#publishes = options.publishes;
    this.#announces = options.announces;
  }

  /** @throws INVALID_DATA, CAPABILITY_MISSING: then the step has failed, for good */
  prepare(
    subject: EventOrigin,
    step: string,
    drafts: readonly EventDraft[],
    what: string,
  ): readonly StoredEvent[] | Promise<readonly StoredEvent[]> {
    if (drafts.length === 0) return this.#announces ? this.#told(subject, step, what) : none;
    return this.#checked(subject, step, drafts, what);
  }

  /** Adds what happened to a saga to its next write. */
  announce({ journal, saga, call }: EventOrigin, type: string, data: Readonly<Record<string, unknown>>): void {
    if (!this.#announces) return;
    const draft = { type, source: `saga/${saga.name}`, data: { sagaId: journal.id, saga: saga.name, ...data } };
    journal.publish([stored(`${journal.id}/${type}/${journal.fence}`, draft, writeCallAttributes(call))]);
  }

  async #checked(subject: EventOrigin, step: string, drafts: readonly EventDraft[], what: string): Promise<readonly StoredEvent[]> {
    const { saga, journal, call } = subject;
    if (!this.#publishes)
      throw coreError('CAPABILITY_MISSING', { feature: `publish in ${saga.name}.${step}`, adapter: 'SagaOrchestrator', capability: 'bus' });
    const attributes = writeCallAttributes(call);
    const events: StoredEvent[] = [];
    for (const [index, draft] of drafts.entries()) {
      const definition = saga.events[draft.type];
      if (!definition) throw coreError('INVALID_DATA', { path: draft.type, problem: 'is not in the event catalogue' });
      await checkDataNow(draft.type, definition.schema, draft.data);
      events.push(stored(draft.id ?? `${journal.id}/${step}/${what}/${index}`, draft, attributes));
    }
    return this.#announces ? [...events, ...this.#told(subject, step, what)] : events;
  }

  #told({ journal, saga, call }: EventOrigin, step: string, what: string): readonly StoredEvent[] {
    const type = what === 'done' ? 'saga.step.completed' : 'saga.step.undone';
    const draft = { type, source: `saga/${saga.name}`, data: { sagaId: journal.id, saga: saga.name, step } };
    return [stored(`${journal.id}/${step}/${type}`, draft, writeCallAttributes(call))];
  }
}

function stored(id: string, draft: EventDraft, call: CallAttributes): StoredEvent {
  const body: EventBody = { draft: { ...draft, id }, call };
  return { id, body: JSON.stringify(body) };
}
