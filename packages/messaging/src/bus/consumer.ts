import {
  type AnyLayer,
  Call,
  type CloudEvent,
  compose,
  coreError,
  type Duration,
  exponential,
  type Handler,
  type Health,
  type Runtime,
  retry,
  type Statement,
} from '@tutti/core';
import { messagingError } from '../errors.ts';
import type { Delivery, EventTransport, Feed, Outcome, SubscriptionRequest } from '../transport/event-transport.ts';
import { isOutboxTransport, type OutboxFeed } from '../transport/outbox-transport.ts';
import { answered } from './answered.ts';
import type { SubscriptionCounter } from './bus-counts.ts';
import { drained } from './drained.ts';
import type { EventWork, WorkItem, WorkResult } from './event-work.ts';
import { failureOf } from './failure.ts';
import { type Held, HeldDeliveries } from './held-deliveries.ts';
import { type Lane, Lanes } from './lanes.ts';
import type { Member, MemberView } from './member.ts';
import { TurnBatch } from './turn-batch.ts';

export interface ConsumerOptions {
  readonly request: SubscriptionRequest;
  readonly concurrency: number;
  readonly work: EventWork;
  readonly counter: SubscriptionCounter;
  readonly transport: EventTransport;
  readonly drainTimeout: Duration;
  readonly runtime: Runtime;
}

/** How long one look for deliveries lasts. Nothing depends on it but how often an idle member asks. */
const receiveWaitMs = 20_000;
/** How much longer the answer may take before the member asks anew: a store that is mute must not make it mute. */
const graceMs = 5_000;

/** How many deliveries may wait for their outcome to be stored, for each handler that may run. */
const unsettledPerPlace = 3;

/** The store may be away for as long as it likes. */
const untilStopped = Number.MAX_SAFE_INTEGER;
const patience = exponential({ initial: '100ms', max: '5s' });

/** A member that asks its store for deliveries, keeps their leases while they are handled, and settles them in batches. */
export class Consumer implements Member {
  readonly name: string;
  readonly #options: ConsumerOptions;
  readonly #held: HeldDeliveries;
  readonly #lanes: Lanes | undefined;
  /** Cancelled when nothing more shall be fetched. */
  readonly #fetching: Call;
  readonly #outcomes: TurnBatch<Outcome, boolean> = new TurnBatch((outcomes) => (this.#feed as Feed).settle(outcomes));
  /** For an outcome that the store did not take the first time. */
  readonly #settleAgain: Handler<Outcome, boolean>;
  #feed: Feed | undefined;
  #opening: Promise<void> | undefined;
  #hearing: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  /** Deliveries whose handlers have not ended. */
  #running = 0;
  #onFree: (() => void) | undefined;
  #trouble: string | undefined;
  #lastPolledAt: number | undefined;

  constructor(options: ConsumerOptions) {
    this.#options = options;
    const { request, runtime } = options;
    const { group, pattern, leaseMs, ordered } = request;
    this.name = `${group} (${pattern})`;
    this.#lanes = ordered ? new Lanes() : undefined;
    this.#fetching = Call.root({ runtime });
    this.#settleAgain = compose((outcome) => this.#outcomes.add(outcome), [retry({ maxAttempts: untilStopped, backoff: patience })]);
    this.#held = new HeldDeliveries({
      name: this.name,
      leaseMs,
      runtime,
      extend: (receipt) => this.#outcomes.add({ kind: 'extend', receipt }),
      lost: () => messagingError('MESSAGING_LEASE_LOST', { group, pattern }),
    });
  }

  ready(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  begin(): void {
    if (this.#hearing) return;
    this.#held.start();
    this.#hearing = this.#hear();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  health(): Health {
    const silentMs = this.#silentMs();
    if (this.#trouble !== undefined) return { status: 'degraded', reason: this.#trouble };
    if (!this.#feed) return { status: 'degraded', reason: 'not subscribed yet' };
    if (silentMs !== undefined && silentMs > receiveWaitMs + 2 * graceMs && this.#held.size === 0)
      return { status: 'unhealthy', reason: `has not heard from its store for ${Math.round(silentMs / 1_000)} s` };
    return { status: 'healthy' };
  }

  view(): MemberView {
    const { request, counter } = this.#options;
    const { group, pattern } = request;
    const silentMs = this.#silentMs();
    return {
      id: this.name,
      group,
      pattern,
      running: this.#running,
      ...(silentMs !== undefined && { lastPolledMs: Math.round(silentMs) }),
      health: this.health(),
      counts: counter.counts(),
    };
  }

  #silentMs(): number | undefined {
    return this.#lastPolledAt === undefined ? undefined : this.#options.runtime.clock.now() - this.#lastPolledAt;
  }

  async #open(): Promise<void> {
    const { request, transport } = this.#options;
    try {
      this.#feed = await transport.open(request);
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  async #hear(): Promise<void> {
    const { concurrency, runtime } = this.#options;
    const { clock } = runtime;
    const open = compose(() => this.ready(), [this.#persistently('subscribe')]);
    const receive = compose(
      (max: number, call) =>
        answered(clock, receiveWaitMs + graceMs, call, (signal) => (this.#feed as Feed).receive(max, receiveWaitMs, signal)),
      [this.#persistently('receive')],
    );
    try {
      await open(undefined, this.#fetching);
      let oneByOne = 0; // so many more are asked for alone: suspects come in crowds, and what comes with one is only given back
      while (!this.#fetching.cancelled) {
        const deliveries = await receive(oneByOne > 0 ? 1 : concurrency - this.#running, this.#fetching);
        this.#lastPolledAt = clock.now();
        this.#trouble = undefined;
        const suspects = deliveries.some((delivery) => this.#options.work.isSuspect(delivery));
        if (!suspects) for (const delivery of deliveries) void this.#take(delivery);
        else if (oneByOne > 0) for (const delivery of deliveries) await this.#take(delivery);
        else await this.#release(deliveries);
        oneByOne = suspects ? concurrency : Math.max(0, oneByOne - 1);
        // handlers may go on while what came of others is on its way to the store, but not without bound
        while (this.#running >= concurrency) await new Promise<void>((resolve) => (this.#onFree = resolve));
        await this.#held.atMost(concurrency * unsettledPerPlace);
      }
    } catch (error) {
      if (this.#fetching.cancelled) return;
      this.#trouble = failureOf(error).message;
      this.#log('error', 'hears nothing any more', { error });
    }
  }

  /** Tries until the consumer stops, and lets the log and the health say so. */
  #persistently(verb: string): AnyLayer {
    return retry({
      maxAttempts: untilStopped,
      backoff: patience,
      retryIf: () => true,
      onRetry: ({ error, attempt }) => {
        this.#trouble = `cannot ${verb}: ${failureOf(error).message}`;
        this.#log('warn', `cannot ${verb}; it is tried again`, { error, attempt });
      },
    });
  }

  /** For nothing: a suspect is asked for alone, so that an attempt that ends this member counts for no other, and nothing new is begun beside it. */
  async #release(deliveries: readonly Delivery[]): Promise<void> {
    await Promise.all(deliveries.map(({ receipt }) => this.#settleAgain({ kind: 'release', receipt }, this.#fetching)));
  }

  /** Never rejects; `stop` waits for what is held. */
  #take(delivery: Delivery): Promise<void> {
    const { work, counter, transport } = this.#options;
    const { receipt, attempt, event, handled, takenOver, replayedFrom } = delivery;
    if (takenOver) counter.add('takenOver');
    const feed = this.#feed as Feed;
    const commit = async (statements: readonly Statement[]): Promise<boolean> => {
      const written = await (feed as OutboxFeed).commit(receipt, statements);
      if (written) this.#held.settled(held);
      return written;
    };
    const item: WorkItem = { attempt, handled, replayedFrom, commit: isOutboxTransport(transport) ? commit : undefined };
    const held = this.#held.add(receipt, work.callOf(event, item));
    this.#running++;
    const key = (event as Partial<CloudEvent> | null)?.subject;
    if (!this.#lanes || typeof key !== 'string') return this.#handle(item, event, held, undefined);
    return this.#lanes.run(`${(event as CloudEvent).priority ?? ''} ${key}`, (lane) => this.#handle(item, event, held, lane));
  }

  /** Not async, nor what it calls: a handler that ends at once costs no promise but that of its outcome. */
  #handle(item: WorkItem, event: unknown, held: Held, lane: Lane | undefined): Promise<void> {
    // one that was lost while it waited for its turn is not begun, nor is what comes behind it
    const begins = !held.gone && held.order > (lane?.brokenUpTo ?? 0);
    const result = begins ? this.#options.work.run(item, event, held.call) : undefined;
    return result instanceof Promise ? result.then((outcome) => this.#ended(held, outcome, lane)) : this.#ended(held, result, lane);
  }

  #ended(held: Held, result: WorkResult, lane: Lane | undefined): Promise<void> {
    this.#free();
    if (lane && (held.gone || held.order <= lane.brokenUpTo)) return this.#giveBack(held, lane);
    if (held.gone || result === undefined) {
      this.#held.remove(held);
      return done;
    }
    const outcome = { ...result, receipt: held.receipt } as Outcome;
    return this.#outcomes.add(outcome).then(
      (accepted) => this.#settled(held, outcome, accepted),
      () => this.#insist(held, outcome),
    );
  }

  /**
   * One whose lease ran out is somebody's to handle first, whatever came of it here. So all that was taken behind it before goes back; what the
   * store gives later it gives in its order.
   */
  async #giveBack(held: Held, lane: Lane): Promise<void> {
    lane.brokenUpTo = Math.max(lane.brokenUpTo, held.lostAfter);
    try {
      await this.#settleAgain({ kind: 'release', receipt: held.receipt }, this.#fetching);
    } catch (error) {
      this.#log('warn', 'an event could not be given back; it is delivered again when its lease has run out', { error, ...about(held) });
    }
    this.#held.remove(held);
  }

  async #insist(held: Held, outcome: Outcome): Promise<void> {
    try {
      this.#settled(held, outcome, await this.#settleAgain(outcome, held.call));
    } catch (error) {
      this.#held.remove(held);
      if (!held.gone) this.#log('error', 'an outcome could not be stored; the event will be delivered again', { error, ...about(held) });
    }
  }

  #settled(held: Held, outcome: Outcome, accepted: boolean): void {
    this.#held.remove(held);
    if (!accepted) {
      this.#options.counter.add('refused');
      this.#log('warn', 'an outcome came too late: the event was taken over', { outcome: outcome.kind, ...about(held) });
    } else if (outcome.kind === 'dead')
      this.#log('warn', 'an event was given up', { reason: outcome.reason, failure: outcome.failure, ...about(held) });
  }

  #free(): void {
    this.#running--;
    const free = this.#onFree;
    this.#onFree = undefined;
    free?.();
  }

  async #stop(): Promise<void> {
    const { drainTimeout, runtime } = this.#options;
    const stopping = coreError('CANCELLED', { reason: `${this.name} is stopping` });
    this.#fetching.cancel(stopping);
    const free = async (): Promise<void> => {
      await this.#hearing;
      await this.#held.atMost(0);
    };
    if (!(await drained(this.name, free, drainTimeout, runtime))) {
      this.#log('warn', 'handlers had not finished when the bus stopped; their events are released', { handlers: this.#held.size });
      this.#held.abandonAll(stopping);
    }
    await this.#held.stop();
    await this.#feed?.close();
  }

  #log(level: 'warn' | 'error', message: string, fields: Readonly<Record<string, unknown>>): void {
    this.#options.runtime.logger.log(level, `${this.name}: ${message}`, fields);
  }
}

const about = ({ call }: Held): { readonly idempotencyKey: string | undefined } => ({ idempotencyKey: call.idempotencyKey });

const done = Promise.resolve();
