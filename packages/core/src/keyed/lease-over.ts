import { coreError } from '../errors/core-errors.ts';
import type { HeldLease, Lease } from '../ports/lease.ts';
import type { Timer } from '../runtime/clock.ts';
import { newId } from '../runtime/id.ts';
import { type Repeating, repeat } from '../runtime/repeat.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { checkName, checkTtl } from './check-entry.ts';
import type { LeaseTable } from './lease-table.ts';

/** Clocks of two hosts may run at rates that differ; the holder stops this share of the time before the store lets anybody else in. */
const marginShare = 0.1;
const minTtlMs = 30;

/** Leases over any store: the holder's side of them is the same everywhere. */
export function leaseOver(table: LeaseTable, runtime: Runtime): Lease {
  return {
    async tryAcquire(name, ttlMs) {
      checkName('name', name);
      checkTtl(ttlMs, minTtlMs);
      const owner = newId(runtime);
      const askedAt = runtime.clock.now();
      let fence: number | undefined;
      try {
        fence = await table.acquire(name, owner, ttlMs);
      } catch (error) {
        // the answer may be lost and the lease be ours: nobody would use it, so it is given back
        void table.release(name, owner).catch(() => undefined);
        throw error;
      }
      return fence === undefined ? undefined : new Held({ table, runtime, name, owner, ttlMs, fence, askedAt });
    },
  };
}

interface Acquired {
  readonly table: LeaseTable;
  readonly runtime: Runtime;
  readonly name: string;
  readonly owner: string;
  readonly ttlMs: number;
  readonly fence: number;
  /** When the request that was granted was sent: the store may have counted from then on. */
  readonly askedAt: number;
}

class Held implements HeldLease {
  readonly name: string;
  readonly fence: number;
  readonly #acquired: Acquired;
  readonly #controller = new AbortController();
  readonly #renewing: Repeating;
  #goodUntil = 0;
  #expiry: Timer | undefined;
  #troubled = false;

  constructor(acquired: Acquired) {
    const { runtime, name, fence, ttlMs, askedAt } = acquired;
    this.name = name;
    this.fence = fence;
    this.#acquired = acquired;
    this.#goodFrom(askedAt);
    // a renewal that failed is tried again sooner
    const intervalMs = (): number => ttlMs / (this.#troubled ? 12 : 3);
    this.#renewing = repeat(runtime, { name: `renewing the lease ${name}`, intervalMs }, () => this.#renew());
  }

  get held(): boolean {
    return !this.#controller.signal.aborted && this.#acquired.runtime.clock.now() < this.#goodUntil;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  async release(): Promise<void> {
    const { table, name, owner, runtime } = this.#acquired;
    this.#end(coreError('CANCELLED', { reason: `the lease ${name} was released` }));
    try {
      await table.release(name, owner);
    } catch (error) {
      runtime.logger.log('warn', `the lease ${name} could not be given back; it runs out by itself`, { error });
    }
  }

  async #renew(): Promise<void> {
    const { table, name, owner, ttlMs, runtime } = this.#acquired;
    const askedAt = runtime.clock.now();
    try {
      const renewed = await table.renew(name, owner, ttlMs);
      this.#troubled = false;
      if (this.#controller.signal.aborted) return;
      if (renewed) this.#goodFrom(askedAt);
      else this.#lose('somebody else holds it, or the store has lost it');
    } catch (error) {
      this.#troubled = true;
      runtime.logger.log('warn', `the lease ${name} was not renewed; it is tried again`, { error });
    }
  }

  #goodFrom(askedAt: number): void {
    const { ttlMs, runtime } = this.#acquired;
    this.#goodUntil = askedAt + ttlMs * (1 - marginShare);
    this.#expiry?.cancel();
    this.#expiry = runtime.clock.after(Math.max(0, this.#goodUntil - runtime.clock.now()), () => this.#lose('it was not renewed in time'));
    this.#expiry.unref();
  }

  #lose(problem: string): void {
    this.#end(coreError('LEASE_LOST', { name: this.name, problem }));
  }

  #end(reason: unknown): void {
    if (this.#controller.signal.aborted) return;
    this.#goodUntil = 0;
    this.#expiry?.cancel();
    void this.#renewing.stop(); // nobody waits for a renewal whose lease is over
    this.#controller.abort(reason);
  }
}
