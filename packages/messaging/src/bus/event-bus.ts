import {
  type Call,
  type Component,
  type ComponentState,
  component,
  coreError,
  type Duration,
  defaultRuntime,
  type EventCatalogue,
  type EventPattern,
  type Health,
  type Inspectable,
  type InspectableAction,
  type InspectableResource,
  type Published,
  type Runtime,
  type Statement,
  worst,
} from '@tutti/core';
import type { DeadLetters } from '../transport/dead-letters.ts';
import type { EventTransport } from '../transport/event-transport.ts';
import { isOutboxTransport } from '../transport/outbox-transport.ts';
import { Consumer } from './consumer.ts';
import { deliveryHandler, type EventHandler } from './delivery-handler.ts';
import {
  type DraftOf,
  type EventBusOptions,
  resolveBusOptions,
  resolveSubscribeOptions,
  type SubscribeOptions,
} from './event-bus-options.ts';
import { deadLetterActions, deadLettersResource, subscriptionsResource } from './inspect-bus.ts';
import { Publisher } from './publisher.ts';
import { checkSubscription, type HandlerOf, type Matching, type Subscription } from './subscription.ts';

/** A subscription of this bus; its consumer lives from start to stop. */
interface Member {
  readonly consume: () => Consumer;
  consumer: Consumer | undefined;
}

/** An event as statements for a write set of the caller's own. */
export interface OutgoingEvent {
  readonly id: string;
  readonly statements: readonly Statement[];
}

/**
 * Says and hears events: typed by a catalogue, checked on both sides, stored before `publish` resolves, delivered at
 * least once to every group that subscribed.
 *
 * @example
 * ```ts
 * import { defineEvents, event } from '@tutti/core';
 * import { EventBus, memoryTransport } from '@tutti/messaging';
 * import { z } from 'zod';
 *
 * const events = defineEvents({ 'user.created': event(z.object({ userId: z.string() }), { key: (data) => data.userId }) });
 * await using bus = new EventBus({ events, transport: memoryTransport() });
 * await bus.start();
 * bus.subscribe('user.*', (event) => console.log('hello', event.data.userId), 'greeter');
 * await bus.publish({ type: 'user.created', source: 'sign-up', data: { userId: 'ada' } });
 * ```
 */
export class EventBus<C extends EventCatalogue> implements Component, Inspectable {
  readonly name: string;
  readonly feature = 'messaging';
  readonly #events: C;
  readonly #transport: EventTransport;
  readonly #runtime: Runtime;
  readonly #drainTimeout: Duration;
  readonly on: Component['on'];
  readonly #life: Component;
  readonly #publisher: Publisher;
  readonly #members = new Set<Member>();
  /** Subscribed after the start: publishing waits until the store knows them. */
  readonly #joining = new Set<Consumer>();
  #connected = false;

  constructor(options: EventBusOptions<C>) {
    const { events, transport, name, drainTimeout, runtime = defaultRuntime } = resolveBusOptions(options);
    this.name = name;
    this.#events = events;
    this.#transport = transport;
    this.#runtime = runtime;
    this.#drainTimeout = drainTimeout;
    this.#publisher = new Publisher({ events, transport, runtime });
    this.#life = component(name, { open: () => this.#open(), close: () => this.#close(), probe: () => this.#probe() });
    this.on = this.#life.on;
  }

  get state(): ComponentState {
    return this.#life.state;
  }

  /** What was given up, of every group on the same store. */
  get deadLetters(): DeadLetters {
    return this.#transport.deadLetters;
  }

  /** Resolves when the transport is connected and every subscription made so far exists. */
  start(): Promise<void> {
    return this.#life.start();
  }

  /** Stops fetching, lets handlers finish within the drain timeout, stores what was published, then closes the transport. */
  stop(): Promise<void> {
    return this.#life.stop();
  }

  health(): Promise<Health> {
    return this.#life.health();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /**
   * Resolves after the transport has stored the event, as durably as it can. Publishing the same `source` and `id` again
   * stores nothing and says so. Events published in one turn are stored in the order of the calls, in one batch, as far as
   * their schemas answer synchronously.
   * @throws INVALID_DATA when the schema refuses the data, MESSAGING_UNKNOWN_TYPE or INVALID_ARGUMENT for another wrong
   * draft, NOT_RUNNING before start and after stop: nothing was stored. After an error of the transport the event may have
   * been stored; publishing it again with the same id is safe.
   */
  async publish(draft: DraftOf<C>, call?: Call): Promise<Published> {
    this.#mustRun();
    const encoded = await this.#publisher.encode(draft, call);
    if (this.#joining.size > 0) await this.#joined();
    const duplicate = await this.#publisher.append(encoded);
    return { id: encoded.event.id, duplicate };
  }

  /**
   * The event as statements, for a write set of the database that the transport stores in: it is stored if and only if
   * that set is, and delivered like any other. Throws as `publish` does.
   * @throws CAPABILITY_MISSING when the transport has no `outbox`.
   */
  async outbox(draft: DraftOf<C>, call?: Call): Promise<OutgoingEvent> {
    const transport = this.#transport;
    if (!isOutboxTransport(transport))
      throw coreError('CAPABILITY_MISSING', { feature: 'EventBus.outbox', adapter: transport.name, capability: 'outbox' });
    this.#mustRun();
    const encoded = await this.#publisher.encode(draft, call);
    return { id: encoded.event.id, statements: transport.outbox([encoded]) };
  }

  /**
   * Makes this bus a member of the subscription of `group` to `pattern`, which exists from the first time anybody makes it
   * until it is forgotten: events that come while no member is there wait for one. Before `start` the subscription is
   * made by `start`; afterwards at once, and what this bus publishes from then on is heard.
   *
   * The handler may be given an event again after a crash, a lost lease or a failure. A failure is tried again with
   * growing delays; one that cannot be mended (`retryable: false`), or the last attempt, makes a dead letter.
   * @throws INVALID_ARGUMENT for a pattern that matches no event of the catalogue, or a bad group; INVALID_OPTIONS.
   */
  subscribe<const P extends EventPattern<C>>(
    pattern: P & Matching<C, P>,
    handler: HandlerOf<C, P>,
    group: string,
    options?: SubscribeOptions,
  ): Subscription {
    checkSubscription(this.#events, pattern, handler, group);
    if (this.state === 'stopping' || this.state === 'stopped') throw this.#notRunning();
    const settings = resolveSubscribeOptions(options);
    const runtime = this.#runtime;
    const handle = deliveryHandler(this.#events, handler as EventHandler, settings, runtime);
    const consume = (): Consumer =>
      new Consumer({ group, pattern, settings, handle, transport: this.#transport, drainTimeout: this.#drainTimeout, runtime });
    const member: Member = { consume, consumer: undefined };
    this.#members.add(member);
    if (this.#connected) {
      member.consumer = consume();
      member.consumer.begin();
      this.#joining.add(member.consumer);
    }
    return {
      group,
      pattern,
      ready: () => (this.#connected && member.consumer ? member.consumer.ready() : Promise.reject(this.#notRunning())),
      stop: async () => {
        if (member.consumer) this.#joining.delete(member.consumer);
        await member.consumer?.stop();
        this.#members.delete(member);
      },
    };
  }

  /** Ends a subscription for all its members and drops what waits for it. For one that nobody will serve again: until then its events are kept. */
  async forget(pattern: string, group: string): Promise<void> {
    this.#mustRun();
    await this.#transport.forget(group, pattern);
  }

  resources(): readonly InspectableResource[] {
    const views = () => this.#consumers().map((consumer) => consumer.view());
    return [subscriptionsResource(views), deadLettersResource(this.deadLetters)];
  }

  actions(): readonly InspectableAction[] {
    return deadLetterActions(this.deadLetters);
  }

  async #open(): Promise<void> {
    await this.#transport.connect(this.#runtime);
    for (const member of this.#members) {
      member.consumer = member.consume();
      await member.consumer.ready();
    }
    this.#connected = true;
    for (const { consumer } of this.#members) consumer?.begin();
  }

  async #close(): Promise<void> {
    const stopped = await Promise.allSettled(this.#consumers().map((consumer) => consumer.stop()));
    this.#connected = false;
    await this.#publisher.settled();
    await this.#transport.close();
    for (const outcome of stopped) if (outcome.status === 'rejected') throw outcome.reason;
  }

  #probe(): Health {
    return worst(Object.fromEntries(this.#consumers().map((consumer) => [consumer.name, consumer.health()])));
  }

  #consumers(): Consumer[] {
    return Array.from(this.#members, ({ consumer }) => consumer).filter((consumer) => consumer !== undefined);
  }

  async #joined(): Promise<void> {
    const joining = [...this.#joining];
    await Promise.all(joining.map((consumer) => consumer.ready()));
    for (const consumer of joining) this.#joining.delete(consumer);
  }

  #mustRun(): void {
    if (!this.#connected) throw this.#notRunning();
  }

  #notRunning(): Error {
    return coreError('NOT_RUNNING', { component: this.name, state: this.state });
  }
}
