import type { Durability } from '@tutti/core';
import { coreError, type Runtime } from '@tutti/core';
import { messagingError } from '../../errors.ts';
import { compilePattern } from '../../pattern/event-pattern.ts';
import type { EventTransport, SubscriptionRequest } from '../../transport/event-transport.ts';
import { Appending } from './append.ts';
import { AmqpDeadLetters } from './dead-letters.ts';
import { Delays } from './delays.ts';
import { amqpDurability } from './durability.ts';
import { AmqpFeed } from './feed.ts';
import { fillFromHistory } from './history.ts';
import { Link } from './link.ts';
import { Locks } from './lock.ts';
import { Members } from './members.ts';
import { Names } from './names.ts';
import { type AmqpSettings, type AmqpTransportOptions, resolveAmqpOptions } from './options.ts';
import { Pasts } from './past.ts';
import { Publisher } from './publisher.ts';
import { type Registered, Registry } from './registry.ts';
import { AmqpStats } from './stats.ts';
import { Topology } from './topology.ts';

/**
 * Keeps events in RabbitMQ (3.10 or later), in durable queues; what `append` acknowledged was confirmed by the broker.
 *
 * The connection is the lease: the broker takes back what a member holds when it no longer hears it, and a member that gets such an event waits one lease
 * more before it hands it out, so that the one that lost it has stopped. An acknowledgement is not answered by the broker: one that was under way when the
 * connection broke may be lost, and the event comes again. Give the bus an inbox of another store where that matters.
 */
export function amqpTransport(options: AmqpTransportOptions): EventTransport {
  const settings = resolveAmqpOptions(options);
  const names = new Names(settings.name);
  const place = new URL(settings.url);
  const name = `rabbitmq ${place.host}${place.pathname === '/' ? '' : place.pathname} (${settings.name})`;
  let connection: Connection | undefined;
  const connected = (): Connection => {
    if (!connection) throw coreError('NOT_RUNNING', { component: name, state: 'closed' });
    return connection;
  };
  return {
    name,
    capabilities: {
      durable: true,
      ordered: false,
      keyOrder: true,
      priority: true,
      history: settings.history !== false,
      deduplication: settings.deduplication !== undefined,
      inbox: false,
      outbox: false,
      remote: true,
      direct: false,
    },
    deadLetters: new AmqpDeadLetters(() => connected()),
    async connect(runtime) {
      const opening = new Connection(name, names, settings, runtime);
      connection = opening;
      try {
        return await opening.open();
      } catch (error) {
        connection = undefined;
        await opening.close();
        throw error;
      }
    },
    async close() {
      const closing = connection;
      connection = undefined;
      await closing?.close();
    },
    async append(batch) {
      const { appending, runtime, topology } = connected();
      const known = await appending.append(batch, runtime.clock.epoch());
      await topology.settling.stores();
      return known;
    },
    async open(request) {
      return connected().subscribe(request);
    },
    async forget(group, pattern) {
      await connected().forget(group, pattern);
    },
    async stats() {
      const { stats, runtime } = connected();
      return stats.all(connected(), runtime.clock.epoch());
    },
  };
}

/** Everything that exists between `connect` and `close`. */
class Connection {
  readonly runtime: Runtime;
  readonly names: Names;
  readonly linked: (purpose: string) => Link;
  readonly link: Link;
  readonly publisher: Publisher;
  readonly topology: Topology;
  readonly registry: Registry;
  readonly members: Members;
  readonly locks: Locks;
  readonly appending: Appending;
  readonly pasts: Pasts;
  readonly stats = new AmqpStats();
  readonly #settings: AmqpSettings;
  readonly #publishing: Link;
  readonly #delays: Delays;
  readonly #feeds = new Set<AmqpFeed>();

  constructor(name: string, names: Names, settings: AmqpSettings, runtime: Runtime) {
    const { url, heartbeatMs, confirmMs } = settings;
    this.runtime = runtime;
    this.names = names;
    this.#settings = settings;
    this.linked = (purpose) => new Link({ name, purpose, url, heartbeatMs, patienceMs: confirmMs, runtime });
    this.link = this.linked('consuming');
    this.#publishing = this.linked('publishing');
    this.publisher = new Publisher(this.#publishing);
    this.topology = new Topology(this.link, names, settings);
    this.pasts = new Pasts(this.topology, this.publisher);
    this.locks = new Locks(this.link, names);
    this.registry = new Registry(this.link, names, this.publisher, this.locks, (registered) => this.#forgotten(registered.life));
    this.members = new Members(this.link, names, (question) => {
      if (question.kind === 'in hand') return Array.from(this.#feeds, (feed) => feed.inHand());
      this.#forgotten(question.life);
      return true;
    });
    this.appending = new Appending(this.publisher, names.events, settings.deduplication);
    this.#delays = new Delays(names, this.topology, this.registry);
  }

  async open(): Promise<Durability> {
    await Promise.all([this.link.connect(), this.#publishing.connect()]);
    await this.topology.declareCommon();
    await this.registry.catchUp();
    await this.members.open();
    for (const subscription of this.registry.all()) if (subscription.active) await this.topology.declare(subscription);
    return amqpDurability(this.link, this.#settings, [...this.topology.warnings, ...this.#alarms()]);
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#feeds, (feed) => feed.close()));
    await this.members.close();
    await Promise.all([this.link.close(), this.#publishing.close()]);
  }

  async subscribe(request: SubscriptionRequest): Promise<AmqpFeed> {
    const { group, pattern, from, ordered, leaseMs } = request;
    compilePattern(pattern);
    const { partitions } = this.#settings;
    await this.registry.catchUp();
    if (!this.registry.get(request)?.active)
      await this.registry.write({
        kind: 'opened',
        group,
        pattern,
        from: this.#settings.history ? from : 'now',
        partitions: ordered ? partitions : undefined,
      });
    const subscription = this.registry.get(request) as Registered;
    if ((subscription.partitions !== undefined) !== ordered) {
      const problem = `it ${ordered ? 'does not keep' : 'keeps'} the order of keys`;
      throw messagingError('MESSAGING_SUBSCRIPTION_MISMATCH', { group, pattern, problem });
    }
    await this.topology.declare(subscription);
    if (subscription.filled) await this.topology.bind(subscription);
    else await fillFromHistory(this, subscription);
    await this.topology.settling.stores();
    const feed: AmqpFeed = new AmqpFeed({
      runtime: this.runtime,
      consuming: this.link,
      publisher: this.publisher,
      topology: this.topology,
      delays: this.#delays,
      pasts: this.pasts,
      queues: this.names.work(subscription, subscription.partitions),
      subscription,
      leaseMs: Math.ceil(leaseMs),
      onClose: () => this.#feeds.delete(feed),
    });
    this.#feeds.add(feed);
    return feed;
  }

  /** Resolves when the members know: what they settle from then on is refused. */
  async forget(group: string, pattern: string): Promise<void> {
    await this.registry.catchUp();
    const subscription = this.registry.get({ group, pattern });
    if (!subscription?.active) return;
    await this.registry.write({ kind: 'forgotten', group, pattern });
    await this.members.ask({ kind: 'forgotten', life: subscription.life });
    await this.topology.remove(subscription);
  }

  #forgotten(life: string): void {
    for (const feed of this.#feeds) if (feed.life === life) feed.forgotten();
  }

  #alarms(): Durability['warnings'] {
    const { blocked } = this.#publishing;
    if (blocked === undefined) return [];
    return [
      { name: 'rabbitmq-blocked', message: `the broker takes no messages now (${blocked}): free memory or disk space of its machine` },
    ];
  }
}
