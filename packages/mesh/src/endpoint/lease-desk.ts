import { type EndpointLease, type Place, Roster, type Runtime } from '@tutti/core';
import type { HeldLease, LeaseKeeper, MeshLease } from './mesh-lease.ts';

/** Younger ones are held on to: most leases end within that time, and to have the garbage collector watch one costs more than all else of it. */
const defaultYouthMs = 1_000;

/** Gives leases out to others, and takes back those that were dropped without `done`. */
export class LeaseDesk implements LeaseKeeper {
  readonly #clock: Runtime['clock'];
  readonly #youthMs: number;
  readonly #young = new Roster<MeshLease>();
  readonly #lost: FinalizationRegistry<HeldLease>;
  #isLooking = false;

  /**
   * Only the garbage collector can tell a lost lease from one that is still in use: a stream may rightly last for hours,
   * so no time limit could.
   */
  constructor({ clock, logger }: Pick<Runtime, 'clock' | 'logger'>, youthMs: number = defaultYouthMs) {
    this.#clock = clock;
    this.#youthMs = youthMs;
    this.#lost = new FinalizationRegistry(({ record, ticket, context, answered }) => {
      const { serviceName, instanceId } = record.endpoint;
      logger.log('warn', 'a lease was dropped without done(); the balancer never learnt how it ended', { serviceName, instanceId });
      context.places.leave();
      context.stalls.unwatch();
      record.release(undefined, ticket, answered, context.clock.now(), 0);
    });
  }

  give(lease: MeshLease): EndpointLease {
    lease.keptBy(this, this.#young.enter(lease));
    if (!this.#isLooking) this.#lookLater();
    return lease;
  }

  returned(lease: MeshLease, place: Place<MeshLease>, isHeld: boolean): void {
    if (isHeld) this.#lost.unregister(lease);
    else this.#young.leave(place);
  }

  #lookLater(): void {
    this.#isLooking = true;
    this.#clock.after(this.#youthMs, () => this.#look()).unref();
  }

  #look(): void {
    const young = this.#clock.now() - this.#youthMs;
    for (const place of this.#young.places) {
      const lease = place.item;
      if (!lease.startedBefore(young)) continue;
      this.#young.leave(place);
      this.#lost.register(lease, lease.held, lease);
    }
    if (this.#young.size > 0) this.#lookLater();
    else this.#isLooking = false;
  }
}
