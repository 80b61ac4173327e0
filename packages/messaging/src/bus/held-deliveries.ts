import { type Call, type Repeating, type Runtime, repeat } from '@tutti/core';

/** A delivery that this member holds. */
export interface Held {
  readonly receipt: string;
  /** What its handler runs under; cancelled when the delivery is not this member's any longer. */
  readonly call: Call;
  /** It was lost or given up: its outcome no longer counts. */
  readonly gone: boolean;
  /** Among all that this member took, from 1. */
  readonly order: number;
  /** What had been taken last when it was lost: what comes later, the store gave knowing of that. 0 while it is not lost. */
  readonly lostAfter: number;
}

interface Leased extends Held {
  gone: boolean;
  lostAfter: number;
  /** The store has its acknowledgement: there is no lease to renew. */
  settled: boolean;
  /** On this process's monotonic clock. */
  leasedUntil: number;
}

export interface HeldDeliveriesOptions {
  readonly name: string;
  readonly leaseMs: number;
  readonly runtime: Runtime;
  /** Begins the lease anew; false for one that is lost. */
  readonly extend: (receipt: string) => Promise<boolean>;
  /** Why the call of a lost delivery is cancelled. */
  readonly lost: () => Error;
}

/** How many times a lease is renewed before it would run out. */
const renewalsPerLease = 4;

/**
 * Keeps the leases of all deliveries of one member. A lease that cannot be renewed is given up while an eighth of it is
 * left, by this process's clock, so that the handler is aborted before anybody else can take the delivery over.
 */
export class HeldDeliveries {
  readonly #options: HeldDeliveriesOptions;
  readonly #held = new Set<Leased>();
  #renewing: Repeating | undefined;
  #taken = 0;
  #onRemove: (() => void)[] = [];

  constructor(options: HeldDeliveriesOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#held.size;
  }

  add(receipt: string, call: Call): Held {
    const { leaseMs, runtime } = this.#options;
    const leasedUntil = runtime.clock.now() + leaseMs;
    const held: Leased = { receipt, call, gone: false, order: ++this.#taken, lostAfter: 0, settled: false, leasedUntil };
    this.#held.add(held);
    return held;
  }

  /** The store has settled it, though its handler may still run. */
  settled(held: Held): void {
    (held as Leased).settled = true;
  }

  remove(held: Held): void {
    this.#held.delete(held as Leased);
    const resumed = this.#onRemove;
    this.#onRemove = [];
    for (const resume of resumed) resume();
  }

  /** Resolves when no more than `count` are held. */
  async atMost(count: number): Promise<void> {
    while (this.#held.size > count) await new Promise<void>((resolve) => this.#onRemove.push(resolve));
  }

  /** Cancels the calls of all that is held; none of it is settled any more. */
  abandonAll(reason: Error): void {
    for (const held of this.#held) this.#abandon(held, reason);
  }

  /** Renews leases from now on, until `stop`. */
  start(): void {
    const { leaseMs, name, runtime } = this.#options;
    this.#renewing = repeat(runtime, { name: `${name}: renewing leases`, intervalMs: leaseMs / renewalsPerLease }, () => this.#renew());
  }

  async stop(): Promise<void> {
    await this.#renewing?.stop();
  }

  #renew(): void {
    const { leaseMs, lost, runtime } = this.#options;
    const now = runtime.clock.now();
    const untilNextTurnMs = leaseMs / renewalsPerLease;
    for (const held of this.#held) {
      if (held.gone || held.settled) continue;
      if (held.leasedUntil - now < untilNextTurnMs + leaseMs / 8) this.#abandon(held, lost());
      else void this.#extend(held, now); // not awaited: a store that hangs must not keep the next turn from giving up in time
    }
  }

  async #extend(held: Leased, askedAt: number): Promise<void> {
    const { extend, leaseMs, lost, name, runtime } = this.#options;
    try {
      if (await extend(held.receipt)) held.leasedUntil = Math.max(held.leasedUntil, askedAt + leaseMs);
      else if (this.#held.has(held) && !held.settled) this.#abandon(held, lost());
    } catch (error) {
      runtime.logger.log('warn', `${name}: a lease could not be renewed; it is tried again`, { error });
    }
  }

  #abandon(held: Leased, reason: Error): void {
    if (held.gone) return;
    held.gone = true;
    held.lostAfter = this.#taken;
    held.call.cancel(reason);
  }
}
