import { coreError } from '../../errors/core-errors.ts';
import { messageOf } from '../../errors/message-of.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { answerWithin } from './answer-within.ts';
import type { RedisArgument, RedisClient, RedisReply } from './redis-client.ts';
import { isReplyError } from './redis-errors.ts';

/**
 * A connection of its own for commands that wait at the server (`BLOCK`), which would hold up whatever shares a connection with them. It is made
 * with the first command. A command is sent once; one that is not answered in time tears the connection down, and the next command makes another.
 */
export interface RedisReader {
  /**
   * @param patienceMs How long the answer may take: longer than the command waits at the server.
   * @throws STORE_UNAVAILABLE; NOT_RUNNING once it is closed.
   */
  read(patienceMs: number, name: string, ...args: readonly RedisArgument[]): Promise<RedisReply>;
  /** Ends the connection, and with it a command that waits. Idempotent. */
  close(): void;
}

export class ReaderConnection implements RedisReader {
  readonly #make: () => Promise<RedisClient>;
  readonly #store: string;
  readonly #runtime: Runtime;
  readonly #connectMs: number;
  readonly #onClose: (reader: ReaderConnection) => void;
  #client: Promise<RedisClient> | undefined;
  #closed = false;

  /** @param make A client of our own, connected or not. */
  constructor(
    make: () => Promise<RedisClient>,
    store: string,
    connectMs: number,
    runtime: Runtime,
    onClose: (reader: ReaderConnection) => void,
  ) {
    this.#make = make;
    this.#store = store;
    this.#connectMs = connectMs;
    this.#runtime = runtime;
    this.#onClose = onClose;
  }

  async read(patienceMs: number, name: string, ...args: readonly RedisArgument[]): Promise<RedisReply> {
    if (this.#closed) throw coreError('NOT_RUNNING', { component: `a reader of ${this.#store}`, state: 'closed' });
    const { clock } = this.#runtime;
    this.#client ??= this.#open();
    const opening = this.#client;
    let sent = false;
    try {
      const client = await answerWithin(clock, this.#connectMs, opening, () => new Error('no connection in time'));
      if (client.status !== 'ready') throw new Error(`no connection: ${client.status}`);
      sent = true;
      const late = (): Error => new Error(`no answer to ${name} within ${patienceMs} ms`);
      return (await answerWithin(clock, patienceMs, client.callBuffer(name, ...args), late)) as RedisReply;
    } catch (cause) {
      if (!isReplyError(cause)) this.#drop(opening);
      const problem = isReplyError(cause) ? `it answered ${messageOf(cause)}` : messageOf(cause);
      throw coreError('STORE_UNAVAILABLE', { store: this.#store, problem, sent: sent && !isReplyError(cause) }, { cause });
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose(this);
    if (this.#client) this.#drop(this.#client);
  }

  async #open(): Promise<RedisClient> {
    const client = await this.#make();
    try {
      if (client.status === 'wait') await client.connect();
    } catch (error) {
      client.disconnect();
      throw error;
    }
    if (this.#closed) client.disconnect();
    return client;
  }

  /** Nothing is tried again on a connection that failed: what it still had to say has nobody to hear it. */
  #drop(client: Promise<RedisClient>): void {
    if (this.#client === client) this.#client = undefined;
    client.then(
      (made) => made.disconnect(),
      () => undefined,
    );
  }
}
