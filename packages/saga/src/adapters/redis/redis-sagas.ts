import { coreError } from '@tutti/core';
import type { RedisArgument, RedisConnection, RedisReader, RedisReply, RedisScript } from '@tutti/core/redis';

/** How many replicas have to have what is acknowledged, and how long they may take. */
export interface Confirmation {
  readonly replicas: number;
  readonly timeoutMs: number;
}

export interface RedisSagasOptions {
  readonly connection: RedisConnection;
  /** What all keys begin with. */
  readonly keys: string;
  readonly commandMs: number;
  readonly confirmation: Confirmation | undefined;
  readonly name: string;
}

/** A connection that is open, and where the keys of the sagas are. */
export class RedisSagas {
  readonly connection: RedisConnection;
  readonly keys: string;
  readonly #options: RedisSagasOptions;
  /** WAIT holds up what comes after it on its connection, and knows only what that connection wrote: so both have one of their own. */
  readonly #confirmed: RedisReader | undefined;

  constructor(options: RedisSagasOptions) {
    this.#options = options;
    this.connection = options.connection;
    this.keys = options.keys;
    this.#confirmed = options.confirmation && options.connection.reader();
  }

  /** What nobody has to be sure of: it was acknowledged by the server alone. */
  run(script: RedisScript, args: readonly RedisArgument[]): Promise<RedisReply> {
    return this.connection.script(script, [this.keys], args);
  }

  /**
   * What was written when this resolves is in as many replicas as the store was told to wait for.
   * @throws STORE_UNAVAILABLE also when it is in too few: then it was written, and may be lost.
   */
  async write(
    script: RedisScript,
    args: readonly RedisArgument[],
    wrote: (reply: RedisReply) => boolean = () => true,
  ): Promise<RedisReply> {
    const { confirmation, commandMs, name } = this.#options;
    const connection = this.#confirmed;
    if (!connection || !confirmation) return this.run(script, args);
    const reply = await this.#evaluate(connection, script, args);
    if (!wrote(reply)) return reply;
    const { replicas, timeoutMs } = confirmation;
    const confirmed = Number(await connection.read(timeoutMs + commandMs, 'WAIT', replicas, timeoutMs));
    if (confirmed >= replicas) return reply;
    const problem = `${confirmed} of ${replicas} replicas have confirmed within ${timeoutMs} ms; it was written, and may be lost`;
    throw coreError('STORE_UNAVAILABLE', { store: name, problem, sent: true });
  }

  close(): void {
    this.#confirmed?.close();
  }

  async #evaluate(connection: RedisReader, script: RedisScript, args: readonly RedisArgument[]): Promise<RedisReply> {
    const { commandMs, keys } = this.#options;
    try {
      return await connection.read(commandMs, 'EVALSHA', script.sha1, 1, keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes('NOSCRIPT')) throw error;
      return connection.read(commandMs, 'EVAL', script.text, 1, keys, ...args);
    }
  }
}
