import { type Runtime, sleep } from '@tutti/core';

/**
 * A broker writes down that it has a new quorum queue when it has made no other for a moment, and one that crashes before has lost the queue with all that
 * it confirmed for it (seen of 3.10 within 600 ms of a queue, never from 900 on).
 */
const settlingMs = 1_500;

/** Where events lie, or where they wait for a delay. */
export type QueueKind = 'store' | 'delay';

/** Which queues are so new that a crash of the broker could take them. Those that other members make at the same time it knows nothing of. */
export class Settling {
  readonly #runtime: Runtime;
  readonly #young = new Map<string, QueueKind>();
  #quietAt = 0;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  made(queue: string, kind: QueueKind): void {
    this.#young.set(queue, kind);
    this.#quietAt = this.#runtime.clock.now() + settlingMs;
  }

  /** Resolves when all that events are stored in has settled: before that nothing is acknowledged to a publisher. */
  async stores(): Promise<void> {
    await this.#until(() => [...this.#young.values()].includes('store'));
  }

  /** Undefined when the queue has settled, else resolves then. */
  queue(queue: string): Promise<void> | undefined {
    const young = (): boolean => this.#young.has(queue);
    this.#forget();
    return young() ? this.#until(young) : undefined;
  }

  async #until(young: () => boolean): Promise<void> {
    if (this.#young.size === 0) return;
    const { clock } = this.#runtime;
    for (this.#forget(); young(); this.#forget()) await sleep(clock, this.#quietAt - clock.now());
  }

  #forget(): void {
    if (this.#runtime.clock.now() >= this.#quietAt) this.#young.clear();
  }
}
