import { type Call, coreError, type Duration, type Health, type Runtime } from '@tutti/core';
import type { DirectDelivery, DirectFeed, DirectReceiver, DirectTransport } from '../transport/direct-transport.ts';
import type { SubscriptionRequest } from '../transport/event-transport.ts';
import { copyOfStored } from '../transport/json-copy.ts';
import type { SubscriptionCounter } from './bus-counts.ts';
import { drained } from './drained.ts';
import type { EventWork, WorkResult } from './event-work.ts';
import { failureOf } from './failure.ts';
import type { Member, MemberView } from './member.ts';

export interface DirectMemberOptions {
  readonly request: SubscriptionRequest;
  readonly concurrency: number;
  readonly work: EventWork;
  readonly counter: SubscriptionCounter;
  readonly transport: DirectTransport;
  readonly drainTimeout: Duration;
  readonly runtime: Runtime;
}

/** A delivery whose handler runs. */
interface Running {
  readonly delivery: DirectDelivery;
  readonly call: Call;
  /** Among all that run. */
  place: number;
}

/** A member on a store in the same process: deliveries come by themselves, and one whose handler ends at once costs no promise and no lease. */
export class DirectMember implements Member, DirectReceiver {
  readonly name: string;
  readonly #options: DirectMemberOptions;
  /** Deliveries whose handlers did not end at once, in no order. */
  readonly #running: Running[] = [];
  /** Waits for the last of them to end. */
  #onIdle: (() => void) | undefined;
  #feed: DirectFeed | undefined;
  #begun = false;
  #opening: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #trouble: string | undefined;

  constructor(options: DirectMemberOptions) {
    this.#options = options;
    this.name = `${options.request.group} (${options.request.pattern})`;
  }

  ready(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.ready().then(
      () => this.#feed?.attach(this),
      (error: unknown) => {
        this.#trouble = failureOf(error).message;
        this.#options.runtime.logger.log('error', `${this.name}: cannot subscribe`, { error });
      },
    );
  }

  give(delivery: DirectDelivery): boolean {
    const { work, concurrency } = this.#options;
    if (this.#stopping) {
      this.#feed?.settleNow(delivery, { kind: 'release' });
      return false;
    }
    const event = copyOfStored(delivery.stored);
    const call = work.callOf(event, delivery);
    const result = work.run(delivery, event, call);
    if (!(result instanceof Promise)) {
      this.#settle(delivery, result);
      return true;
    }
    const running: Running = { delivery, call, place: this.#running.length };
    this.#running.push(running);
    void result.then((outcome) => this.#ended(running, outcome)); // never rejects
    return this.#running.length < concurrency;
  }

  get holding(): readonly DirectDelivery[] {
    return this.#running.map(({ delivery }) => delivery);
  }

  health(): Health {
    return this.#feed ? { status: 'healthy' } : { status: 'degraded', reason: this.#trouble ?? 'not subscribed yet' };
  }

  view(): MemberView {
    const { group, pattern } = this.#options.request;
    return { id: this.name, group, pattern, running: this.#running.length, health: this.health(), counts: this.#options.counter.counts() };
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #open(): Promise<void> {
    try {
      this.#feed = await this.#options.transport.open(this.#options.request);
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  #ended(running: Running, result: WorkResult): void {
    const wasFull = this.#running.length >= this.#options.concurrency;
    const last = this.#running.pop() as Running;
    if (last !== running) {
      last.place = running.place;
      this.#running[running.place] = last;
    }
    if (!running.call.cancelled) this.#settle(running.delivery, result);
    if (wasFull) this.#feed?.resume();
    if (this.#running.length === 0) this.#onIdle?.();
  }

  #settle(delivery: DirectDelivery, result: WorkResult): void {
    if (result !== undefined && this.#feed?.settleNow(delivery, result) === false) this.#options.counter.add('refused');
  }

  async #stop(): Promise<void> {
    const { runtime, drainTimeout } = this.#options;
    const free = (): Promise<void> =>
      new Promise((resolve) => {
        this.#onIdle = resolve;
        if (this.#running.length === 0) resolve();
      });
    if (!(await drained(this.name, free, drainTimeout, runtime))) {
      runtime.logger.log('warn', `${this.name}: handlers had not finished when the bus stopped; their events are released`, {
        handlers: this.#running.length,
      });
      for (const { call } of this.#running) call.cancel(coreError('CANCELLED', { reason: `${this.name} is stopping` }));
    }
    await this.#feed?.close();
  }
}
