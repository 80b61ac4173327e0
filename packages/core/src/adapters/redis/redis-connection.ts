import { coreError } from '../../errors/core-errors.ts';
import { messageOf } from '../../errors/message-of.ts';
import type { TuttiError } from '../../errors/tutti-error.ts';
import { type Component, component } from '../../lifecycle/component.ts';
import type { Health } from '../../lifecycle/health.ts';
import { checkOptions } from '../../options/check-options.ts';
import { type Duration, durationMs } from '../../options/duration.ts';
import { duration, objectWith, oneOf, text } from '../../options/rules.ts';
import { exponential } from '../../policy/backoff.ts';
import { type Repeating, repeat } from '../../runtime/repeat.ts';
import { defaultRuntime, type Runtime } from '../../runtime/runtime.ts';
import { answerWithin } from './answer-within.ts';
import { checkEviction } from './check-eviction.ts';
import { hostOf, redisUrl, redisUrls } from './redis-address.ts';
import { openClient, type RedisArgument, type RedisClient, type RedisReply } from './redis-client.ts';
import { isReplyError } from './redis-errors.ts';
import { ReaderConnection, type RedisReader } from './redis-reader.ts';
import type { RedisScript } from './redis-script.ts';
import { RedisSubscriptions } from './redis-subscriptions.ts';

export interface RedisConnectionOptions {
  /** One server: `redis://user:password@host:port/database`, or `rediss://`. */
  readonly url?: string;
  /** Some nodes of a Redis Cluster, as URLs. User, password and TLS of the first one are used for all nodes. */
  readonly nodes?: readonly string[];
  /** A client of the host, which stays the host's: it is neither connected nor closed here. A duplicate of it hears channels. */
  readonly client?: RedisClient;
  /** Begins every key. @defaultValue 'tutti:' */
  readonly keyPrefix?: string;
  /** How long an answer may take. @defaultValue '2s' */
  readonly commandTimeout?: Duration;
  /** How often the connection is tried when nothing else is sent over it. @defaultValue '5s' */
  readonly watchdog?: Duration;
  /** A server that may throw keys away breaks leases, limits and configuration; a cache can live with it. @defaultValue 'refuse' */
  readonly eviction?: 'refuse' | 'accept';
  readonly runtime?: Runtime;
}

export const redisConnectionDefaults = { keyPrefix: 'tutti:', commandTimeout: '2s', watchdog: '5s', eviction: 'refuse' } as const;

/**
 * A connection to a Redis server or cluster, shared by any number of stores.
 *
 * It fails fast: while Redis is away every command is refused at once with STORE_UNAVAILABLE, and so is one that is not answered
 * within `commandTimeout`. Nothing is queued and nothing sent twice; where a command may have been done although no
 * answer came, the error says so. The connection comes back by itself, tried with growing, jittered pauses of at most two
 * seconds; one that is open but mute is noticed within `watchdog` + `commandTimeout` and torn down.
 */
export interface RedisConnection extends Component {
  readonly keyPrefix: string;
  /** @throws STORE_UNAVAILABLE, NOT_RUNNING. */
  command(name: string, ...args: readonly RedisArgument[]): Promise<RedisReply>;
  /** Runs a script by its hash, and sends its text where the server does not know it yet. */
  script(script: RedisScript, keys: readonly string[], args: readonly RedisArgument[]): Promise<RedisReply>;
  /**
   * Hears what is published to a channel while connected; what is said during an interruption is lost. Therefore also calls back once when it begins to hear,
   * and each time it hears again. A cluster's client moves to another node without a word: there, look now and then too.
   */
  subscribe(channel: string, listener: () => void): () => void;
  /** Calls back each time the connection is there again. */
  onReady(listener: () => void): () => void;
  /** Another connection to the same place, for commands that wait at the server. The caller closes it; `stop` does too. */
  reader(): RedisReader;
}

/** @throws INVALID_OPTIONS naming the path. `start` throws STORE_UNAVAILABLE when Redis does not answer, STORE_UNSUPPORTED when it evicts. */
export function redisConnection(options: RedisConnectionOptions): RedisConnection {
  const checked = checkOptions(
    'redisConnection',
    options,
    {
      optional: {
        url: redisUrl,
        nodes: redisUrls,
        client: objectWith('an ioredis client', 'callBuffer', 'status', 'duplicate'),
        keyPrefix: text,
        commandTimeout: duration,
        watchdog: duration,
        eviction: oneOf('refuse', 'accept'),
        runtime: objectWith('a Runtime', 'clock', 'logger', 'random'),
      },
    },
    redisConnectionDefaults,
  );
  const given = [checked.url, checked.nodes, checked.client].filter((one) => one !== undefined).length;
  if (given !== 1) throw coreError('INVALID_OPTIONS', { path: 'redisConnection', problem: 'must have one of url, nodes and client' });
  return new Connection(checked).face;
}

type Checked = RedisConnectionOptions & Required<Pick<RedisConnectionOptions, keyof typeof redisConnectionDefaults>>;

class Connection {
  readonly face: RedisConnection;
  readonly #options: Checked;
  readonly #runtime: Runtime;
  readonly #commandMs: number;
  readonly #readyListeners = new Set<() => void>();
  readonly #onReady = (): void => {
    for (const listener of this.#readyListeners) listener();
  };
  readonly #onError = (error: unknown): void => {
    this.#problem = messageOf(error);
  };
  readonly #life: Component;
  #client: RedisClient | undefined;
  #subscriptions: RedisSubscriptions | undefined;
  readonly #readers = new Set<ReaderConnection>();
  #watchdog: Repeating | undefined;
  #problem: string | undefined;
  #pings = 0;

  constructor(options: Checked) {
    this.#options = options;
    this.#runtime = options.runtime ?? defaultRuntime;
    this.#commandMs = durationMs(options.commandTimeout, 'redisConnection.commandTimeout');
    const where = options.url ? hostOf(options.url) : (options.nodes?.map(hostOf).join(', ') ?? 'the client of the host');
    this.#life = component(`redis ${where}`, { open: () => this.#open(), close: () => this.#close(), probe: () => this.#probe() });
    this.face = Object.assign(this.#life, {
      keyPrefix: options.keyPrefix,
      command: (name: string, ...args: readonly RedisArgument[]) => this.#command(name, args),
      script: (script: RedisScript, keys: readonly string[], args: readonly RedisArgument[]) => this.#script(script, keys, args),
      subscribe: (channel: string, listener: () => void) => this.#subscribe(channel, listener),
      onReady: (listener: () => void) => {
        this.#readyListeners.add(listener);
        return () => void this.#readyListeners.delete(listener);
      },
      reader: () => this.#reader(),
    });
  }

  async #open(): Promise<void> {
    const { client, watchdog, eviction } = this.#options;
    this.#client = client ?? (await this.#connect());
    this.#subscriptions = new RedisSubscriptions(() => this.#another(), this.#commandMs, this.#runtime);
    this.#client.on('ready', this.#onReady);
    this.#client.on('error', this.#onError);
    await this.#send('PING', []);
    if (eviction === 'refuse') await checkEviction((name, ...args) => this.#send(name, args), this.#life.name, this.#runtime);
    const look = (): Promise<void> => this.#look();
    this.#watchdog = repeat(this.#runtime, { name: `watching ${this.#life.name}`, intervalMs: durationMs(watchdog), jitter: 0.1 }, look);
  }

  /** A client of our own, not connected yet unless the host's are made to connect at once. */
  async #another(): Promise<RedisClient> {
    const backoff = exponential({ initial: '50ms', max: '2s', jitter: 0.5 });
    const client =
      this.#options.client?.duplicate() ?? (await openClient(this.#options, (attempt) => backoff.delayMs(attempt, this.#runtime.random)));
    client.on('error', this.#onError); // an emitter without a listener for errors throws them
    return client;
  }

  async #connect(): Promise<RedisClient> {
    const client = await this.#another();
    try {
      await client.connect();
    } catch (cause) {
      client.disconnect();
      throw this.#unavailable(this.#problem ?? messageOf(cause), false, cause);
    }
    return client;
  }

  async #close(): Promise<void> {
    await this.#watchdog?.stop();
    this.#subscriptions?.close();
    for (const reader of this.#readers) reader.close();
    const client = this.#client;
    this.#client = undefined;
    if (!client) return;
    client.off('ready', this.#onReady);
    if (client !== this.#options.client) client.disconnect();
    else client.off('error', this.#onError);
  }

  /** A connection may be open and mute: a server that hangs, a network that swallows. Only an answer proves it. */
  async #look(): Promise<void> {
    const client = this.#client;
    const watched = client === this.#options.client ? [] : (client?.nodes?.() ?? (client ? [client] : []));
    await Promise.all([this.#subscriptions?.look(), ...watched.map((node) => this.#tearDownIfMute(node))]);
  }

  /**
   * A node of a cluster is forgotten with its connection, and found again by the cluster's client. The answer must be that to this very question: where bytes were
   * lost on the way, each answer would be taken for that to a later question, for ever.
   */
  async #tearDownIfMute(client: RedisClient): Promise<void> {
    if (client.status !== 'ready') return;
    const question = `ping ${++this.#pings}`;
    try {
      const answer = await answerWithin(
        this.#runtime.clock,
        this.#commandMs,
        client.callBuffer('PING', question),
        () => new Error('no answer'),
      );
      if (String(answer) !== question) throw new Error('the answer to another question');
    } catch (error) {
      if (!isReplyError(error) && client.status === 'ready') client.disconnect(client === this.#client);
    }
  }

  async #probe(): Promise<Health> {
    if (this.#client?.status !== 'ready') {
      return { status: 'unhealthy', reason: `no connection: ${this.#problem ?? this.#client?.status ?? 'closed'}` };
    }
    await this.#send('PING', []);
    return { status: 'healthy' };
  }

  async #command(name: string, args: readonly RedisArgument[]): Promise<RedisReply> {
    if (this.#life.state !== 'running') throw coreError('NOT_RUNNING', { component: this.#life.name, state: this.#life.state });
    return this.#send(name, args);
  }

  async #script({ text: source, sha1 }: RedisScript, keys: readonly string[], args: readonly RedisArgument[]): Promise<RedisReply> {
    try {
      return await this.#command('EVALSHA', [sha1, keys.length, ...keys, ...args]);
    } catch (error) {
      if (!(error instanceof Error) || !messageOf(error.cause).startsWith('NOSCRIPT')) throw error;
      return this.#command('EVAL', [source, keys.length, ...keys, ...args]);
    }
  }

  async #send(name: string, args: readonly RedisArgument[]): Promise<RedisReply> {
    const client = this.#client;
    if (client?.status !== 'ready') throw this.#unavailable(`no connection: ${this.#problem ?? client?.status ?? 'closed'}`, false);
    const late = (): Error => new Error(`no answer to ${name} within ${this.#commandMs} ms`);
    try {
      return (await answerWithin(this.#runtime.clock, this.#commandMs, client.callBuffer(name, ...args), late)) as RedisReply;
    } catch (cause) {
      if (isReplyError(cause)) throw this.#unavailable(`it answered ${messageOf(cause)}`, false, cause);
      const sent = !/writeable|offline/i.test(messageOf(cause));
      throw this.#unavailable(sent ? `${messageOf(cause)}; ${name} may have been done` : messageOf(cause), sent, cause);
    }
  }

  #subscribe(channel: string, listener: () => void): () => void {
    const subscriptions = this.#subscriptions;
    if (!subscriptions) throw coreError('NOT_RUNNING', { component: this.#life.name, state: this.#life.state });
    return subscriptions.add(channel, listener);
  }

  #reader(): RedisReader {
    if (this.#life.state !== 'running') throw coreError('NOT_RUNNING', { component: this.#life.name, state: this.#life.state });
    const onClose = (closed: ReaderConnection): void => void this.#readers.delete(closed);
    const reader = new ReaderConnection(() => this.#another(), this.#life.name, this.#commandMs, this.#runtime, onClose);
    this.#readers.add(reader);
    return reader;
  }

  #unavailable(problem: string, sent: boolean, cause?: unknown): TuttiError {
    return coreError('STORE_UNAVAILABLE', { store: this.#life?.name ?? 'redis', problem, sent }, { cause });
  }
}
