import type { Call } from '../call/call.ts';
import { whenOver } from '../call/when-over.ts';
import { coreError } from '../errors/core-errors.ts';
import type { Entry } from './entry.ts';

/**
 * One load under way, and those who wait for it. Each waits as long as its own call lasts; one who leaves changes nothing
 * for the others, and when the last has left the load is cancelled.
 */
export class Flight {
  readonly key: string;
  readonly tags: readonly string[];
  /** The call of the load: the trace of who caused it, the identity of the partition, no deadline of any caller. */
  readonly call: Call;
  /** Set when something it may have read has been invalidated since: its result is for those who wait already. */
  overtaken = false;
  /** When it began: what was invalidated before, it does not bring. */
  readonly startedAt: number;
  /** Goes on without anybody waiting. */
  readonly background: boolean;
  #waiting = 0;
  #outcome: Promise<Entry> | undefined;

  constructor(options: Pick<Flight, 'key' | 'tags' | 'call' | 'startedAt' | 'background'>) {
    this.key = options.key;
    this.tags = options.tags;
    this.call = options.call;
    this.startedAt = options.startedAt;
    this.background = options.background;
  }

  get isWaitedFor(): boolean {
    return this.#waiting > 0;
  }

  begin(outcome: Promise<Entry>): void {
    this.#outcome = outcome;
    outcome.catch(() => undefined); // those who wait are told; perhaps all have left
  }

  /** The result for one more caller, who is told of its own end first. */
  join(caller: Call | undefined): Promise<Entry> {
    const outcome = this.#outcome as Promise<Entry>;
    this.#waiting++;
    if (!caller) return outcome;
    return new Promise((resolve, reject) => {
      const ended = whenOver(caller, { operation: 'cache.get', begun: true }, (reason) => {
        reject(reason);
        this.#left();
      });
      outcome.finally(ended).then(resolve, reject);
    });
  }

  #left(): void {
    if (--this.#waiting > 0 || this.background) return;
    this.overtaken = true;
    this.call.cancel(coreError('CANCELLED', { reason: 'all who waited for it have left' }));
  }
}
