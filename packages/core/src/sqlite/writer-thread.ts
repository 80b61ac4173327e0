import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { isRefusal, type Outcome } from './apply-sets.ts';
import { RequestPacker, unpackOutcomes } from './packing.ts';
import type { PackedReply, WriterGreeting, WriterOptions, WriterRequest } from './protocol.ts';
import type { Refusal } from './refusal.ts';

/** The worker is found by its export, because a path beside this file is another one once the package is bundled. From source it is the file beside. */
function workerFile(): string | URL {
  const here = import.meta.url;
  return here.endsWith('.ts') ? new URL(here.replace(/[^/]+$/, 'worker.ts')) : createRequire(here).resolve('@tutti/core/sqlite/worker');
}

/**
 * Requests of one turn go over together. From so many on they go at once, so that the thread applies the first while this
 * one still makes the others.
 */
const sendAt = 64;

/**
 * The thread that writes, seen from the thread that asks. Answers come in the order of the requests. Keeps the process alive while an
 * answer is due, and only then.
 */
export class WriterThread {
  readonly #worker: Worker;
  readonly #posted: WriterOptions['posted'];
  readonly #onCommit: () => void;
  readonly #waiting: ((outcome: Outcome) => void)[] = [];
  readonly #unsent: WriterRequest[] = [];
  readonly #packer = new RequestPacker();
  readonly #over: Promise<void>;
  /** Why the thread has ended although nobody closed it. */
  #failure: string | undefined;
  #closing = false;

  /** Resolves when the file is open; with a refusal when it cannot be. */
  static async start(options: Omit<WriterOptions, 'posted'>, onCommit: () => void, file?: string | URL): Promise<WriterThread | Refusal> {
    const posted = new Int32Array(new SharedArrayBuffer(4));
    let worker: Worker;
    try {
      worker = new Worker(file ?? workerFile(), {
        workerData: { ...options, posted } satisfies WriterOptions,
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
    if (greeting === 'ready') return new WriterThread(worker, posted, over, onCommit);
    await over;
    return greeting;
  }

  private constructor(worker: Worker, posted: WriterOptions['posted'], over: Promise<void>, onCommit: () => void) {
    this.#worker = worker;
    this.#posted = posted;
    this.#over = over;
    this.#onCommit = onCommit;
    worker.removeAllListeners('error');
    worker.on('message', (reply: PackedReply) => this.#answer(reply));
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
      const unsent = this.#unsent.push(request);
      if (unsent === 1) queueMicrotask(() => this.#send());
      else if (unsent === sendAt) this.#send();
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
    if (this.#unsent.length === 0) return;
    this.#worker.postMessage(this.#packer.pack(this.#unsent.splice(0)));
    Atomics.add(this.#posted, 0, 1);
    Atomics.notify(this.#posted, 0);
  }

  #answer(reply: PackedReply): void {
    const outcomes = unpackOutcomes(reply);
    const waiting = this.#waiting.splice(0, outcomes.length);
    for (let index = 0; index < outcomes.length; index++) waiting[index]?.(outcomes[index] as Outcome);
    if (this.#waiting.length === 0 && !this.#closing) this.#worker.unref();
    if (!outcomes.every(isRefusal)) this.#onCommit();
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
