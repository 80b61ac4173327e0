import type { RedisArgument, RedisReply } from '@tutti/core/redis';

/** What one script writes at most: the server does nothing else meanwhile. */
const maxCommands = 200;

interface Waiting {
  readonly command: readonly RedisArgument[];
  readonly resolve: (standing: string) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Sends the writes of one service in the order in which they were made, one script at a time: the text of a script that the server has
 * forgotten is sent in a second step, which nothing may overtake. What is written meanwhile goes together into the next script.
 */
export class WriteLane {
  readonly #send: (commands: readonly RedisArgument[]) => Promise<RedisReply>;
  readonly #waiting: Waiting[] = [];
  #sending: Promise<void> | undefined;

  constructor(send: (commands: readonly RedisArgument[]) => Promise<RedisReply>) {
    this.#send = send;
  }

  /** How the life stands after the command. Where a script fails, each of its commands does. */
  add(command: readonly RedisArgument[]): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.#waiting.push({ command, resolve, reject });
    this.#sending ??= this.#sendAll();
    return promise;
  }

  /** Resolves when everything that was added has its answer, whatever that is. */
  async settled(): Promise<void> {
    await this.#sending;
  }

  async #sendAll(): Promise<void> {
    await Promise.resolve(); // the writes of one turn go together
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, maxCommands);
      try {
        const standings = (await this.#send(batch.flatMap(({ command }) => command))) as readonly Buffer[];
        for (const [index, { resolve }] of batch.entries()) resolve(String(standings[index]));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#sending = undefined;
  }
}
