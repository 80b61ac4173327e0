import {
  type AnyLayer,
  Call,
  compose,
  coreError,
  type Duration,
  exponential,
  type Handler,
  type Health,
  type Runtime,
  retry,
  TuttiError,
  timeout,
} from '@tutti/core';
import { messagingError } from '../errors.ts';
import type { Delivery, EventTransport, Feed, Outcome } from '../transport/event-transport.ts';
import { callOf } from './envelope.ts';
import type { ConsumerSettings } from './event-bus-options.ts';
import { failureOf } from './failure.ts';
import { HeldDeliveries } from './held-deliveries.ts';
import type { SubscriptionView } from './inspect-bus.ts';
import { TurnBatch } from './turn-batch.ts';

export interface ConsumerOptions {
  readonly group: string;
  readonly pattern: string;
  readonly settings: ConsumerSettings;
  readonly handle: Handler<Delivery, Outcome>;
  readonly transport: EventTransport;
  readonly drainTimeout: Duration;
  readonly runtime: Runtime;
}

/** How long one look for deliveries lasts. Nothing depends on it but how often an idle member asks. */
const receiveWaitMs = 20_000;

/** The store may be away for as long as it likes. */
const untilStopped = Number.MAX_SAFE_INTEGER;
const patience = exponential({ initial: '100ms', max: '5s' });

/** One member of one subscription: fetches deliveries, has them handled, settles them. */
export class Consumer {
  readonly name: string;
  readonly #options: ConsumerOptions;
  readonly #held: HeldDeliveries;
  /** Cancelled when nothing more shall be fetched. */
  readonly #fetching: Call;
  readonly #outcomes: TurnBatch<Outcome, boolean> = new TurnBatch((outcomes) => (this.#feed as Feed).settle(outcomes));
  readonly #settle: Handler<Outcome, boolean>;
  #feed: Feed | undefined;
  #opening: Promise<void> | undefined;
  #hearing: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #trouble: string | undefined;

  constructor(options: ConsumerOptions) {
    this.#options = options;
    const { group, pattern, settings, runtime } = options;
    this.name = `${group} (${pattern})`;
    this.#fetching = Call.root({ runtime });
    this.#settle = compose((outcome) => this.#outcomes.add(outcome), [retry({ maxAttempts: untilStopped, backoff: patience })]);
    this.#held = new HeldDeliveries({
      name: this.name,
      leaseMs: settings.leaseMs,
      runtime,
      extend: (receipt) => this.#outcomes.add({ kind: 'extend', receipt }),
      lost: () => messagingError('MESSAGING_LEASE_LOST', { group, pattern }),
    });
  }

  /** Resolves when the subscription exists. Rejects when the store cannot make it now; the next call tries again. */
  ready(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  /** Hears from now on, or from when the subscription exists. */
  begin(): void {
    if (this.#hearing) return;
    this.#held.start();
    this.#hearing = this.#hear();
  }

  /** Fetches nothing more, lets handlers finish until the drain deadline, then aborts them and releases their deliveries. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  health(): Health {
    if (this.#trouble !== undefined) return { status: 'degraded', reason: this.#trouble };
    return this.#feed ? { status: 'healthy' } : { status: 'degraded', reason: 'not subscribed yet' };
  }

  view(): SubscriptionView {
    const { group, pattern } = this.#options;
    return { id: this.name, group, pattern, running: this.#held.size, health: this.health() };
  }

  async #open(): Promise<void> {
    const { group, pattern, settings, transport } = this.#options;
    try {
      this.#feed = await transport.open({
        group,
        pattern,
        from: settings.from,
        leaseMs: settings.leaseMs,
        ordered: false,
        inbox: undefined,
      });
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  async #hear(): Promise<void> {
    const { concurrency } = this.#options.settings;
    const open = compose(() => this.ready(), [this.#persistently('subscribe')]);
    const receive = compose(
      (max: number, call) => (this.#feed as Feed).receive(max, receiveWaitMs, call.signal),
      [this.#persistently('receive')],
    );
    try {
      await open(undefined, this.#fetching);
      while (!this.#fetching.cancelled) {
        const deliveries = await receive(concurrency - this.#held.size, this.#fetching);
        this.#trouble = undefined;
        for (const delivery of deliveries) void this.#deliver(delivery); // never rejects; `stop` waits for what is held
        await this.#held.atMost(concurrency - 1);
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

  async #deliver(delivery: Delivery): Promise<void> {
    const { handle } = this.#options;
    const call = callOf(delivery, this.#options);
    const held = this.#held.add(delivery.receipt, call);
    try {
      const outcome = await handle(delivery, call);
      if (held.gone) return;
      const accepted = await this.#settle(outcome, call);
      if (!accepted)
        this.#log('warn', 'an outcome came too late: the event was taken over', {
          outcome: outcome.kind,
          idempotencyKey: call.idempotencyKey,
        });
      else if (outcome.kind === 'dead')
        this.#log('warn', 'an event was given up', {
          reason: outcome.reason,
          failure: outcome.failure,
          idempotencyKey: call.idempotencyKey,
        });
    } catch (error) {
      if (!held.gone)
        this.#log('error', 'an outcome could not be stored; the event will be delivered again', {
          error,
          idempotencyKey: call.idempotencyKey,
        });
    } finally {
      this.#held.remove(held);
    }
  }

  async #stop(): Promise<void> {
    const { drainTimeout, runtime } = this.#options;
    const stopping = coreError('CANCELLED', { reason: `${this.name} is stopping` });
    this.#fetching.cancel(stopping);
    const drained = async (): Promise<void> => {
      await this.#hearing;
      await this.#held.atMost(0);
    };
    try {
      await compose(drained, [timeout({ operation: `draining ${this.name}`, timeout: drainTimeout })])(undefined, Call.root({ runtime }));
    } catch (error) {
      if (!TuttiError.is(error, 'TIMEOUT')) throw error;
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
