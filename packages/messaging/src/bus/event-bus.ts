import type { Durability } from '@tutti/core';
import {
  type Call,
  type Component,
  type ComponentState,
  component,
  coreError,
  type Duration,
  defaultRuntime,
  durationMs,
  type EventCatalogue,
  type EventOf,
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
import type { Inbox } from '../inbox/inbox.ts';
import { type DirectTransport, isDirectTransport } from '../transport/direct-transport.ts';
import type { OwnEvent } from '../transport/encoded-event.ts';
import type { EventTransport, SubscriptionStats } from '../transport/event-transport.ts';
import { isOutboxTransport } from '../transport/outbox-transport.ts';
import { DeadLetterDesk } from './dead-letter-desk.ts';
import { durabilityOf } from './durability.ts';
import { type DraftOf, type EventBusOptions, resolveBusOptions } from './event-bus-options.ts';
import type { EventHandler } from './event-work.ts';
import { backlogResource, deadLetterActions, deadLettersResource, subscriptionsResource } from './inspect-bus.ts';
import type { Member } from './member.ts';
import { memberMaker } from './member-maker.ts';
import { publishSpan } from './publish-span.ts';
import { Publisher } from './publisher.ts';
import { resolvePublishing } from './publishing-options.ts';
import { type StatsGauges, statsGauges } from './stats-gauges.ts';
import { resolveSubscribeOptions, type SubscribeOptions } from './subscribe-options.ts';
import { checkSubscription, type HandlerOf, type Matching, type Subscription } from './subscription.ts';

/** A subscription of this bus; its member lives from start to stop. */
interface Subscribed {
  readonly make: () => Member;
  member: Member | undefined;
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
  readonly on: Component['on'];
  /** What was given up, of every group on the same store. */
  readonly deadLetters: DeadLetterDesk;
  readonly #events: C;
  readonly #transport: EventTransport;
  /** The transport, where it is in this process and says at once whether it has room. */
  readonly #direct: DirectTransport | undefined;
  readonly #inbox: Inbox | undefined;
  readonly #runtime: Runtime;
  readonly #drainTimeout: Duration;
  readonly #life: Component;
  readonly #publisher: Publisher;
  readonly #subscribed = new Set<Subscribed>();
  /** Inboxes that were given with a subscription. */
  readonly #inboxes = new Set<Inbox>();
  /** Subscribed after the start: publishing waits until the store knows them. */
  readonly #joining = new Set<Member>();
  #gauges: StatsGauges | undefined;
  #durability: Durability | undefined;
  #connected = false;

  constructor(options: EventBusOptions<C>) {
    const { events, transport, inbox, publishing, name, drainTimeout, runtime = defaultRuntime } = resolveBusOptions(options);
    this.name = name;
    this.#events = events;
    this.#transport = transport;
    this.#inbox = inbox;
    if (inbox) this.#inboxes.add(inbox);
    this.#runtime = runtime;
    this.#drainTimeout = drainTimeout;
    const limits = resolvePublishing(publishing);
    this.#publisher = new Publisher({ events, transport, limits, runtime, name });
    // who waits for room waits in the order of the calls, which is the publisher's matter
    this.#direct = isDirectTransport(transport) && limits.whenFull === 'reject' ? transport : undefined;
    this.deadLetters = new DeadLetterDesk(() => transport.deadLetters, runtime);
    this.#life = component(name, { open: () => this.#open(), close: () => this.#close(), probe: () => this.#probe() });
    this.on = this.#life.on;
  }

  get state(): ComponentState {
    return this.#life.state;
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
   * Resolves after the transport has stored the event, as durably as it can: `durability()` says what that is worth. Publishing the same `source`
   * and `id` again stores nothing and says so, within the retention of the store. Events published in one turn are stored in the order of the calls, in one batch, as far as
   * their schemas answer synchronously.
   * @throws INVALID_DATA when the schema refuses the data, MESSAGING_UNKNOWN_TYPE or INVALID_ARGUMENT for another wrong
   * draft, NOT_RUNNING before start and after stop, MESSAGING_BACKPRESSURE when too much is on its way: nothing was stored. After STORE_UNAVAILABLE the event may have
   * been stored; publishing it again with the same id is safe.
   */
  publish(draft: DraftOf<C>, call?: Call): Promise<Published> {
    // not async: its promise and its registers would cost as much as the rest of a publish in this process
    try {
      this.#mustRun();
      const { tracer } = this.#runtime.telemetry;
      if (tracer) return publishSpan(tracer, draft, call, this.#runtime, (traced) => this.#publish(draft, traced));
      if (this.#joining.size > 0) return this.#publish(draft, call);
      const direct = this.#direct;
      const publisher = this.#publisher;
      if (direct === undefined) {
        const made = publisher.encode(draft, call);
        return made instanceof Promise ? made.then((encoded) => publisher.append(encoded)) : publisher.append(made);
      }
      const made = publisher.makeOwn(draft, call);
      if (made instanceof Promise) return made.then((own) => stored(direct, own));
      return Promise.resolve(stored(direct, made));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #publish(draft: DraftOf<C>, call: Call | undefined): Promise<Published> {
    const direct = this.#direct;
    const made = direct ? await this.#publisher.makeOwn(draft, call) : await this.#publisher.encode(draft, call);
    if (this.#joining.size > 0) {
      const joining = [...this.#joining];
      await Promise.all(joining.map((member) => member.ready()));
      for (const member of joining) this.#joining.delete(member); // and in the same step it is on its way: nobody overtakes it
    }
    if (direct) return stored(direct, made as OwnEvent);
    return this.#publisher.append(made);
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
   * The handler may be given an event again after a crash, a lost lease or a failure; `delivery.commit` makes its effect happen once all the same. A failure is tried again with
   * growing delays; one that cannot be mended (`retryable: false`), or the last attempt, makes a dead letter.
   * @throws INVALID_ARGUMENT for a pattern that matches no event of the catalogue, or a bad group; INVALID_OPTIONS; CAPABILITY_MISSING for an option that the transport cannot keep.
   */
  subscribe<const P extends EventPattern<C>>(
    pattern: P & Matching<C, P>,
    handler: HandlerOf<C, P>,
    group: string,
    options?: SubscribeOptions<EventOf<C, P>>,
  ): Subscription {
    checkSubscription(this.#events, pattern, handler, group);
    if (this.state === 'stopping' || this.state === 'stopped') throw this.#notRunning();
    const { make, inbox } = memberMaker({
      events: this.#events,
      handler: handler as EventHandler,
      group,
      pattern,
      settings: resolveSubscribeOptions(options),
      inbox: this.#inbox,
      transport: this.#transport,
      drainTimeout: this.#drainTimeout,
      runtime: this.#runtime,
    });
    const subscribed: Subscribed = { make, member: undefined };
    this.#subscribed.add(subscribed);
    const connected = inbox === undefined || this.#inboxes.has(inbox) ? undefined : this.#join(inbox);
    if (this.#connected) this.#begin(subscribed, connected);
    return {
      group,
      pattern,
      ready: () => (this.#connected && subscribed.member ? subscribed.member.ready() : Promise.reject(this.#notRunning())),
      stop: async () => {
        const { member } = subscribed;
        if (member) this.#joining.delete(member);
        await member?.stop();
        this.#subscribed.delete(subscribed);
      },
    };
  }

  /** Ends a subscription for all its members and drops what waits for it. For one that nobody will serve again: until then its events are kept. */
  async forget(pattern: string, group: string): Promise<void> {
    this.#mustRun();
    await this.#transport.forget(group, pattern);
  }

  /** How each subscription of the store stands: what waits, runs and was given up, and how old the oldest is. */
  async stats(): Promise<readonly SubscriptionStats[]> {
    this.#mustRun();
    return this.#transport.stats();
  }

  /** What `publish` resolved is worth with the settings that were found when the store was connected, in words; what this transport cannot do; and what should be set otherwise. */
  durability(): Durability {
    if (!this.#durability) throw this.#notRunning();
    return this.#durability;
  }

  resources(): readonly InspectableResource[] {
    const views = () => this.#members().map((member) => member.view());
    return [
      subscriptionsResource(views),
      backlogResource(async () => (this.#connected ? this.#transport.stats() : [])),
      deadLettersResource(this.deadLetters),
    ];
  }

  actions(): readonly InspectableAction[] {
    return deadLetterActions(this.deadLetters);
  }

  async #open(): Promise<void> {
    const { logger } = this.#runtime;
    for (const inbox of this.#inboxes) await inbox.connect(this.#runtime);
    this.#durability = durabilityOf(this.#transport, await this.#transport.connect(this.#runtime));
    for (const { name, message } of this.#durability.warnings) logger.log('warn', `${this.name}: ${name}: ${message}`);
    for (const subscribed of this.#subscribed) {
      subscribed.member = subscribed.make();
      await subscribed.member.ready();
    }
    this.#connected = true;
    for (const { member } of this.#subscribed) member?.begin();
    this.#gauges = statsGauges(this.name, () => this.#transport.stats(), this.#runtime);
  }

  async #close(): Promise<void> {
    await this.#gauges?.stop();
    const stopped = await Promise.allSettled(this.#members().map((member) => member.stop()));
    this.#connected = false;
    await this.#publisher.close(durationMs(this.#drainTimeout));
    const closed = await Promise.allSettled([this.#transport.close(), ...Array.from(this.#inboxes, (inbox) => inbox.close())]);
    for (const outcome of [...stopped, ...closed]) if (outcome.status === 'rejected') throw outcome.reason;
  }

  #probe(): Health {
    return worst(Object.fromEntries(this.#members().map((member) => [member.name, member.health()])));
  }

  #members(): Member[] {
    return Array.from(this.#subscribed, ({ member }) => member).filter((member) => member !== undefined);
  }

  /** Before the start it is connected by it; afterwards at once. */
  #join(inbox: Inbox): Promise<void> | undefined {
    this.#inboxes.add(inbox);
    return this.#connected ? inbox.connect(this.#runtime) : undefined;
  }

  #begin(subscribed: Subscribed, connected: Promise<void> | undefined): void {
    const member = subscribed.make();
    subscribed.member = member;
    this.#joining.add(member);
    if (connected === undefined) member.begin();
    else
      connected.then(
        () => member.begin(),
        (error: unknown) => this.#runtime.logger.log('error', `${member.name}: its inbox cannot be connected`, { error }),
      );
  }

  #mustRun(): void {
    if (!this.#connected) throw this.#notRunning();
  }

  #notRunning(): Error {
    return coreError('NOT_RUNNING', { component: this.name, state: this.state });
  }
}

function stored(transport: DirectTransport, made: OwnEvent): Published {
  return { id: made.event.id, duplicate: transport.appendNow(made) };
}
