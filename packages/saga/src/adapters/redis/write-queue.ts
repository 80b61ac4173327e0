import { coreError } from '@tutti/core';
import type { RedisArgument, RedisReply } from '@tutti/core/redis';
import type { RedisSagas } from './redis-sagas.ts';
import { writeScript } from './write-script.ts';

/** What one script writes at most: the server does nothing else meanwhile. */
const maxItems = 100;
const maxChars = 1_000_000;

interface Waiting {
  readonly args: readonly RedisArgument[];
  readonly chars: number;
  readonly resolve: (result: WriteResult) => void;
  readonly reject: (error: unknown) => void;
}

/** What became of one write, and the time of the server. */
export interface WriteResult {
  readonly reply: RedisReply;
  readonly now: number;
}

export interface WriteQueueOptions {
  readonly sagas: RedisSagas;
  /** Scripts on their way at once; what comes meanwhile is gathered into the next. */
  readonly maxSending: number;
  readonly name: string;
  /** Something was written that others care for. */
  readonly ring: () => void;
}

/** Gathers the writes of one turn into one script, and what comes while enough scripts are on their way into the next: a lone write waits for nothing. */
export class WriteQueue {
  readonly #options: WriteQueueOptions;
  #waiting: Waiting[] = [];
  #due = false;
  readonly #sending = new Set<Promise<void>>();

  constructor(options: WriteQueueOptions) {
    this.#options = options;
  }

  /** @throws STORE_UNAVAILABLE */
  add(args: readonly RedisArgument[]): Promise<WriteResult> {
    let chars = 0;
    for (const arg of args) if (typeof arg === 'string') chars += arg.length;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ args, chars, resolve, reject });
      if (this.#due) return;
      this.#due = true;
      queueMicrotask(() => {
        this.#due = false;
        this.#flush();
      });
    });
  }

  /** Resolves when everything added so far has its result. */
  async settled(): Promise<void> {
    while (this.#waiting.length > 0 || this.#sending.size > 0) {
      this.#flush();
      await Promise.race(this.#sending);
    }
  }

  #flush(): void {
    while (this.#waiting.length > 0 && this.#sending.size < this.#options.maxSending) {
      const sending = this.#send(this.#next()).finally(() => {
        this.#sending.delete(sending);
        this.#flush();
      });
      this.#sending.add(sending);
    }
  }

  #next(): readonly Waiting[] {
    let [count, chars] = [0, 0];
    while (count < this.#waiting.length && count < maxItems) {
      chars += (this.#waiting[count] as Waiting).chars;
      if (count > 0 && chars > maxChars) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #send(batch: readonly Waiting[]): Promise<void> {
    const { sagas, name, ring } = this.#options;
    const args: RedisArgument[] = [];
    for (const waiting of batch) for (const arg of waiting.args) args.push(arg);
    try {
      const [now, rung, ...results] = (await sagas.write(writeScript, args)) as readonly RedisReply[];
      if (rung === 1) ring();
      for (const [index, { resolve, reject }] of batch.entries()) {
        const reply = results[index] as RedisReply;
        const problem = problemOf(reply);
        if (problem === undefined) resolve({ reply, now: Number(now) });
        else reject(coreError('STORE_UNAVAILABLE', { store: name, problem, sent: true }));
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}

function problemOf(reply: RedisReply): string | undefined {
  if (reply === -1) return 'a later write of the saga has overtaken this one; nothing was written';
  if (Array.isArray(reply) && reply[0] === -2) return `it answered ${String(reply[1])}`;
  return undefined;
}
