import type { Writable } from 'node:stream';
import { coreError, exponential, messageOf, type Runtime, sleep, TuttiError } from '@tutti/core';
import type { Channel, ChannelModel, ConfirmChannel } from 'amqplib';
import { corkTurns } from './corked.ts';
import { away, codeOf, within } from './failures.ts';

export interface LinkOptions {
  readonly name: string;
  /** Shown by the broker's tools. */
  readonly purpose: string;
  readonly url: string;
  readonly heartbeatMs: number;
  /** How long the broker may take for an answer. */
  readonly patienceMs: number;
  readonly runtime: Runtime;
}

const backoff = exponential({ initial: '50ms', max: '2s', jitter: 0.5 });

/**
 * One connection that is there again, for ever: whatever ends it, the next is tried with growing, jittered pauses. A broker that is mute is
 * noticed by heartbeats. Channels are asked for when they are needed and die with their connection, or alone.
 */
export class Link {
  readonly #options: LinkOptions;
  readonly #ending = new AbortController();
  readonly #upListeners = new Set<() => void>();
  #model: ChannelModel | undefined;
  #problem = 'not connected yet';
  #reconnecting: Promise<void> | undefined;
  /** Why the broker takes no messages now: its memory or its disk is full. */
  blocked: string | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  get runtime(): Runtime {
    return this.#options.runtime;
  }
  get name(): string {
    return this.#options.name;
  }
  get patienceMs(): number {
    return this.#options.patienceMs;
  }
  get isUp(): boolean {
    return this.#model !== undefined;
  }
  get serverProperties(): Readonly<Record<string, unknown>> {
    return (this.#model?.connection as { readonly serverProperties?: Record<string, unknown> } | undefined)?.serverProperties ?? {};
  }

  /** @throws STORE_UNAVAILABLE; nothing is tried again then. */
  async connect(): Promise<void> {
    try {
      await this.#open();
    } catch (error) {
      throw away(this.name, messageOf(error), false, error);
    }
  }

  /** Calls back each time a connection is there again. */
  onUp(listener: () => void): void {
    this.#upListeners.add(listener);
  }

  channel(): Promise<Channel> {
    return this.#channel((model) => model.createChannel());
  }

  confirmChannel(): Promise<ConfirmChannel> {
    return this.#channel((model) => model.createConfirmChannel());
  }

  /** Runs `use` on a channel of its own, which a refusal may end. Errors of the broker are passed on as they are, with their `code`. */
  async using<T>(use: (channel: Channel) => Promise<T>): Promise<T> {
    const channel = await this.channel();
    try {
      return await this.answered(use(channel));
    } finally {
      channel.close().catch(() => {}); // the refusal that we report has ended it already
    }
  }

  /** What the broker answers, or STORE_UNAVAILABLE. A refusal with a code passes as it is. */
  async answered<T>(answer: Promise<T>): Promise<T> {
    try {
      const { runtime, patienceMs } = this.#options;
      return await within(runtime.clock, patienceMs, answer, () => new Error(`no answer within ${patienceMs} ms`));
    } catch (error) {
      const code = codeOf(error);
      if (TuttiError.is(error) || (code !== undefined && code >= 400 && code < 500)) throw error;
      throw away(this.name, messageOf(error), true, error);
    }
  }

  async close(): Promise<void> {
    this.#ending.abort();
    const model = this.#model;
    this.#model = undefined;
    await this.#reconnecting;
    await this.#shut(model);
  }

  async #shut(model: ChannelModel | undefined): Promise<void> {
    if (!model) return;
    const { runtime } = this.#options;
    const closed = model.close().catch(() => {}); // it was closing already
    await within(runtime.clock, 2_000, closed, () => undefined).catch(() => destroy(model));
  }

  async #channel<C extends Channel>(create: (model: ChannelModel) => Promise<C>): Promise<C> {
    if (this.#ending.signal.aborted) throw coreError('NOT_RUNNING', { component: this.name, state: 'closed' });
    if (!this.#model) throw away(this.name, this.#problem, false);
    const channel = await this.answered(create(this.#model));
    channel.on('error', () => {}); // told by `close`, and by whatever was asked of it
    return channel;
  }

  async #open(): Promise<void> {
    const { connect } = await import('amqplib');
    const { url, heartbeatMs, patienceMs, name, purpose } = this.#options;
    const address = new URL(url);
    address.searchParams.set('heartbeat', String(Math.max(1, Math.round(heartbeatMs / 1_000))));
    const model = await connect(address.href, {
      timeout: patienceMs,
      noDelay: true,
      clientProperties: { connection_name: `${name} ${purpose}` },
    });
    if (this.#ending.signal.aborted) return this.#shut(model);
    const socket = socketOf(model);
    if (socket) corkTurns(socket);
    model.on('error', (error) => {
      this.#problem = messageOf(error);
    });
    model.on('close', (error) => this.#lost(model, error));
    model.on('blocked', (reason) => {
      this.blocked = reason;
    });
    model.on('unblocked', () => {
      this.blocked = undefined;
    });
    this.blocked = undefined;
    this.#model = model;
    for (const listener of this.#upListeners) listener();
  }

  #lost(model: ChannelModel, error: unknown): void {
    if (this.#model !== model) return;
    this.#model = undefined;
    this.#problem = error ? messageOf(error) : 'the connection was closed';
    this.#reconnecting ??= this.#reconnect().finally(() => {
      this.#reconnecting = undefined;
      if (!this.#model && !this.#ending.signal.aborted) this.#lost(model, error);
    });
  }

  async #reconnect(): Promise<void> {
    const { clock, random } = this.#options.runtime;
    const { signal } = this.#ending;
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        await sleep(clock, backoff.delayMs(failures, random), { signal });
        return await this.#open();
      } catch (error) {
        this.#problem = messageOf(error);
      }
    }
  }
}

/** A connection that does not even answer to being closed. */
function destroy(model: ChannelModel): void {
  socketOf(model)?.destroy();
}

/** The client has it, and does not say so. */
const socketOf = ({ connection }: ChannelModel): Writable | undefined => (connection as unknown as { readonly stream?: Writable }).stream;
