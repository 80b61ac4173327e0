import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { isRefusal, type Outcome } from './apply-sets.ts';
import type { WriterGreeting, WriterOptions, WriterReply, WriterRequest } from './protocol.ts';
import type { Refusal } from './refusal.ts';

/** The worker is found by its export, because a path beside this file is another one once the package is bundled. From source it is the file beside. */
function workerFile(): string | URL {
  const here = import.meta.url;
  return here.endsWith('.ts') ? new URL(here.replace(/[^/]+$/, 'worker.ts')) : createRequire(here).resolve('@tutti/core/sqlite/worker');
}

/**
 * The thread that writes, seen from the thread that asks. Answers come in the order of the requests. Keeps the process alive while an
 * answer is due, and only then.
 */
export class WriterThread {
  readonly #worker: Worker;
  readonly #onCommit: () => void;
  readonly #waiting: ((outcome: Outcome) => void)[] = [];
  readonly #unsent: WriterRequest[] = [];
  readonly #over: Promise<void>;
  /** Why the thread has ended although nobody closed it. */
  #failure: string | undefined;
  #closing = false;

  /** Resolves when the file is open; with a refusal when it cannot be. */
  static async start(options: WriterOptions, onCommit: () => void, file?: string | URL): Promise<WriterThread | Refusal> {
    let worker: Worker;
    try {
      worker = new Worker(file ?? workerFile(), {
        workerData: options,
        execArgv: ['--disable-warning=ExperimentalWarning'],
        name: 'sqlite-writer',
      });
    } catch (error) {
      return {
        refused: 'unsupported',
        problem: `its writer thread cannot be started; keep @tutti/core out of bundles (${(error as Error).message})`,
      };
    }
    const over = new Promise<void>((resolve) => void worker.once('exit', () => resolve()));
    const greeting = await new Promise<WriterGreeting>((resolve) => {
      worker.once('message', resolve);
      worker.once('error', (error) => resolve(unavailable(ended(error.message))));
      worker.once('exit', (code) => resolve(unavailable(ended(`exit code ${code}`))));
    });
    if (greeting === 'ready') return new WriterThread(worker, over, onCommit);
    await over;
    return greeting;
  }

  private constructor(worker: Worker, over: Promise<void>, onCommit: () => void) {
    this.#worker = worker;
    this.#over = over;
    this.#onCommit = onCommit;
    worker.removeAllListeners('error');
    worker.on('message', (reply: WriterReply) => this.#answer(reply));
    worker.on('error', (error) => this.#fail(ended(error.message)));
    worker.on('exit', (code) => this.#fail(ended(`exit code ${code}`)));
    worker.unref();
  }

  /** Why nothing can be written any more; undefined while all is well. */
  get failure(): string | undefined {
    return this.#failure;
  }

  request(request: WriterRequest): Promise<Outcome> {
    if (this.#failure) return Promise.resolve(unavailable(`${this.#failure}; nothing was written; stop this database and make a new one`));
    return new Promise((resolve) => {
      if (this.#waiting.length === 0) this.#worker.ref();
      this.#waiting.push(resolve);
      if (this.#unsent.push(request) === 1) queueMicrotask(() => this.#send());
    });
  }

  /** Ends the thread after everything that was asked of it. */
  async close(): Promise<void> {
    if (!this.#failure) {
      this.#closing = true;
      this.#worker.ref();
      this.#unsent.push('close');
      this.#send();
    }
    await this.#over;
  }

  #send(): void {
    if (this.#unsent.length > 0) this.#worker.postMessage(this.#unsent.splice(0));
  }

  #answer(reply: WriterReply): void {
    for (const [index, resolve] of this.#waiting.splice(0, reply.length).entries()) resolve(reply[index] as Outcome);
    if (this.#waiting.length === 0 && !this.#closing) this.#worker.unref();
    if (!reply.every(isRefusal)) this.#onCommit();
  }

  #fail(failure: string): void {
    if (this.#closing && this.#waiting.length === 0) return;
    this.#failure ??= failure;
    for (const resolve of this.#waiting.splice(0)) resolve(unavailable(`${this.#failure}; whether this write was committed is not known`));
  }
}

function ended(cause: string): string {
  return `the thread that writes has ended (${cause})`;
}

function unavailable(problem: string): Refusal {
  return { refused: 'unavailable', problem };
}
