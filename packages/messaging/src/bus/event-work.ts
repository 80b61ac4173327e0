import {
  type AnyLayer,
  type Call,
  type CloudEvent,
  compose,
  type EventCatalogue,
  pause,
  type Runtime,
  TuttiError,
  traced,
} from '@tutti/core';
import { messagingError } from '../errors.ts';
import type { DeadReason } from '../transport/dead-letters.ts';
import type { DirectOutcome } from '../transport/direct-transport.ts';
import { copyOfStored } from '../transport/json-copy.ts';
import type { SubscriptionCounter } from './bus-counts.ts';
import { callOf, callOfOwn, identityOf } from './envelope.ts';
import type { Commit, EventDelivery } from './event-delivery.ts';
import { afterFailure, failureOf } from './failure.ts';
import { type CommitWay, GivenDelivery } from './given-delivery.ts';
import type { InboxGuard } from './inbox-guard.ts';
import { readEvent, unreadableFor } from './read-event.ts';
import type { ConsumerSettings } from './subscribe-options.ts';

export type EventHandler = (event: CloudEvent, call: Call, delivery: EventDelivery) => Promise<void> | void;

/** What comes out of the work: an outcome for the store, or undefined when a commit has settled the delivery already. */
export type WorkResult = DirectOutcome | undefined;

/** An event on its way to its handler. */
export interface WorkItem {
  /** From 1, of deliveries. */
  readonly attempt: number;
  readonly handled: boolean;
  readonly replayedFrom: string | undefined;
  /** What checked the data already. */
  readonly checkedBy?: object | undefined;
  /** Writes an effect with the acknowledgement; absent where the transport cannot. */
  readonly commit?: Commit | undefined;
}

export interface EventWorkOptions {
  readonly events: EventCatalogue;
  readonly handler: EventHandler;
  readonly group: string;
  readonly pattern: string;
  readonly settings: ConsumerSettings;
  readonly inbox: InboxGuard | undefined;
  /** The subscription has an inbox, its own or the transport's: what comes again is not handled again. */
  readonly once: boolean;
  readonly counter: SubscriptionCounter;
  readonly runtime: Runtime;
}

const acknowledged: DirectOutcome = Object.freeze({ kind: 'ack' });

/** From a stored event to its outcome: reads and checks it, asks inbox and filter, runs the handler inside its layers, judges a failure. */
export class EventWork {
  readonly #options: EventWorkOptions;
  readonly #handle: EventHandler;
  readonly #keyPrefix: string;
  /** Attempts may follow each other without the store: each needs the event as it was. */
  readonly #inHand: boolean;
  /** What is being handled, by identity: no inbox knows of it yet. */
  readonly #atWork = new Map<string, Promise<WorkResult>>();

  constructor(options: EventWorkOptions) {
    const { group, pattern, handler, settings, runtime } = options;
    this.#options = options;
    this.#keyPrefix = `${group}/${pattern}/`;
    this.#inHand = settings.ordered || settings.immediateAttempts > 1;
    const layers = runtime.telemetry.tracer ? [spans(group), ...settings.layers] : settings.layers;
    this.#handle = layers.length === 0 ? handler : layered(handler, layers);
  }

  /** Its members lost it again and again, and it may be what ended them: a handler that kills its process takes with it what is handled beside it. */
  isSuspect({ attempt, takenOver }: { readonly attempt: number; readonly takenOver: boolean }): boolean {
    return takenOver && (attempt > 2 || this.#attemptsUntil(attempt) === this.#options.settings.maxAttempts);
  }

  #attemptsUntil(delivery: number): number {
    return (delivery - 1) * this.#options.settings.immediateAttempts + 1;
  }

  /** What the handler of a delivery runs under. */
  callOf(stored: unknown, { attempt, checkedBy }: WorkItem): Call {
    const { runtime } = this.#options;
    const total = this.#attemptsUntil(attempt);
    // what was checked here was made here, and has no wrong members
    return checkedBy === undefined
      ? callOf(stored, total, this.#keyPrefix, runtime)
      : callOfOwn(stored as CloudEvent, total, this.#keyPrefix, runtime);
  }

  /**
   * Never rejects and never throws. A promise only where something has to be waited for.
   * @param stored Belongs to the handler from now on.
   */
  run(item: WorkItem, stored: unknown, call: Call): WorkResult | Promise<WorkResult> {
    const { settings, counter } = this.#options;
    if (call.attempt > settings.maxAttempts) {
      return this.#dead('no-outcome', messagingError('MESSAGING_NO_OUTCOME', { attempts: item.attempt - 1 }), undefined);
    }
    if (item.handled) {
      counter.add('duplicates');
      return acknowledged;
    }
    const identity = this.#options.once ? identityOf(stored) : undefined;
    return identity === undefined ? this.#begin(item, stored, call) : this.#inTurn(identity, item, stored, call);
  }

  /** One that comes again while it is being handled waits, and is a duplicate when that went well. */
  #inTurn(identity: string, item: WorkItem, stored: unknown, call: Call): WorkResult | Promise<WorkResult> {
    const before = this.#atWork.get(identity);
    if (before === undefined) {
      const result = this.#begin(item, stored, call);
      if (!(result instanceof Promise)) return result;
      this.#atWork.set(identity, result);
      return result.then((outcome) => {
        this.#atWork.delete(identity);
        return outcome;
      });
    }
    return before.then((outcome) => {
      const handled = outcome === undefined || outcome.kind === 'ack';
      if (!handled || item.replayedFrom !== undefined) return this.#inTurn(identity, item, stored, call);
      this.#options.counter.add('duplicates');
      return acknowledged;
    });
  }

  #begin(item: WorkItem, stored: unknown, call: Call): WorkResult | Promise<WorkResult> {
    const { events } = this.#options;
    const own = this.#inHand ? copyOfStored(stored as CloudEvent | string) : stored;
    if (item.checkedBy !== undefined && events[(own as CloudEvent).type] === item.checkedBy) {
      return this.#checked(item, own as CloudEvent, stored, call);
    }
    try {
      const event = readEvent(events, own);
      if (!(event instanceof Promise)) return this.#checked(item, event, stored, call);
      return event.then(
        (read) => this.#checked(item, read, stored, call),
        (error: unknown) => this.#unreadable(item, stored, call, error),
      );
    } catch (error) {
      return this.#unreadable(item, stored, call, error);
    }
  }

  #checked(item: WorkItem, event: CloudEvent, stored: unknown, call: Call): WorkResult | Promise<WorkResult> {
    const { settings, inbox, counter } = this.#options;
    if (item.replayedFrom !== undefined) Object.assign(event, { replayedfrom: item.replayedFrom });
    const { filter } = settings;
    try {
      if (filter && !filter(event)) {
        counter.add('filtered');
        return acknowledged;
      }
    } catch (error) {
      return this.#failed(item, stored, call, error);
    }
    if (call.attempt === 1 && item.replayedFrom === undefined) counter.lag(event);
    if (inbox) return this.#guarded(item, event, stored, call, inbox);
    return this.#attempt(item, event, stored, call, item.commit && { by: 'transport', write: item.commit });
  }

  /** Asks the inbox before, and tells it after. */
  async #guarded(item: WorkItem, event: CloudEvent, stored: unknown, call: Call, inbox: InboxGuard): Promise<WorkResult> {
    const identity = identityOf(event) as string;
    try {
      if (item.replayedFrom === undefined && (await inbox.handled(identity, call))) {
        this.#options.counter.add('duplicates');
        return acknowledged;
      }
      const result = await this.#attempt(item, event, stored, call, inbox.commitWay(identity));
      if (result?.kind === 'ack') await inbox.remember(identity, call);
      return result;
    } catch (error) {
      return this.#failed(item, stored, call, error);
    }
  }

  #attempt(item: WorkItem, event: CloudEvent, stored: unknown, call: Call, way: CommitWay | undefined): WorkResult | Promise<WorkResult> {
    const { group, pattern } = this.#options;
    const delivery = new GivenDelivery(call.attempt, item.replayedFrom, way, group, pattern, event);
    try {
      const running = this.#handle(event, call, delivery);
      if (running === undefined) return this.#done(delivery);
      return running.then(
        () => this.#done(delivery),
        (error: unknown) => this.#thrown(item, stored, call, delivery, error),
      );
    } catch (error) {
      return this.#thrown(item, stored, call, delivery, error);
    }
  }

  #done(delivery: GivenDelivery): WorkResult {
    this.#options.counter.add('handled');
    return delivery.acknowledged ? undefined : acknowledged;
  }

  #thrown(item: WorkItem, stored: unknown, call: Call, delivery: GivenDelivery, error: unknown): WorkResult | Promise<WorkResult> {
    const { runtime, counter, group, pattern } = this.#options;
    if (TuttiError.is(error, 'MESSAGING_ALREADY_HANDLED')) {
      counter.add('duplicates');
      return acknowledged;
    }
    if (!delivery.committed) return this.#failed(item, stored, call, error);
    runtime.logger.log('error', `${group} (${pattern}): a handler failed after it had committed; the event counts as handled`, { error });
    return this.#done(delivery);
  }

  #failed(item: WorkItem, stored: unknown, call: Call, error: unknown): WorkResult | Promise<WorkResult> {
    const { settings, runtime, counter } = this.#options;
    counter.add('failed');
    const verdict = afterFailure(error, call.attempt, settings, settings.ordered, runtime.random);
    if (verdict.kind === 'dead') return this.#dead(verdict.reason, error, call.attempt);
    counter.add('retried');
    return verdict.kind === 'later' ? { kind: 'retry', delayMs: verdict.delayMs } : this.#again(item, stored, call, verdict.delayMs);
  }

  #unreadable(item: WorkItem, stored: unknown, call: Call, error: unknown): WorkResult | Promise<WorkResult> {
    const reason = unreadableFor(error);
    return reason ? this.#dead(reason, error, undefined) : this.#failed(item, stored, call, error);
  }

  /** The next attempt of the same member, under a call of its own. */
  async #again(item: WorkItem, stored: unknown, call: Call, delayMs: number): Promise<WorkResult> {
    try {
      await pause(call, delayMs);
    } catch {
      return { kind: 'release' }; // the delivery was lost, or the member stops: nobody waits for this outcome
    }
    const next = call.child({ attempt: call.attempt + 1 });
    const result = await this.#begin(item, stored, next);
    next.release();
    return result;
  }

  #dead(reason: DeadReason, error: unknown, attempts: number | undefined): DirectOutcome {
    this.#options.counter.add('deadLettered');
    return { kind: 'dead', reason, failure: failureOf(error), ...(attempts !== undefined && { attempts }) };
  }
}

/** The handler inside its layers, which surround the event alone: the delivery goes around them. */
function layered(handler: EventHandler, layers: readonly AnyLayer[]): EventHandler {
  const deliveries = new WeakMap<CloudEvent, EventDelivery>();
  const handle = compose<CloudEvent, void>(
    async (event, call) => handler(event, call, deliveries.get(event) ?? replaced(event, call)),
    layers,
  );
  return (event, call, delivery) => {
    deliveries.set(event, delivery);
    return handle(event, call);
  };
}

/** OpenTelemetry semantic conventions for messaging: a consumer's span is named after what it does and to whom. */
function spans(group: string): AnyLayer {
  return traced({
    operation: `process ${group}`,
    kind: 'consumer',
    attributes: () => ({ 'messaging.system': 'tutti', 'messaging.consumer.group.name': group }),
  });
}

/** For a handler whose layers gave it another event than came: there is nothing that it could commit. */
const replaced = (event: CloudEvent, call: Call): EventDelivery => new GivenDelivery(call.attempt, undefined, undefined, '', '', event);
