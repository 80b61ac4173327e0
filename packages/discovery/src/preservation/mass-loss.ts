export interface MassLossLimits {
  /** Losses of so large a share of a service within the window are a mass loss. */
  readonly share: number;
  readonly windowMs: number;
  /** With fewer endpoints than these, shares say nothing. */
  readonly minEndpoints: number;
}

/**
 * Whether so many endpoints of a service are lost at once that the registry is to be doubted rather than all of them. Counts
 * distinct instances within a window that slides; one that is back no longer counts.
 */
export class MassLoss {
  readonly #limits: MassLossLimits;
  /** When each was lost, the earliest first. */
  readonly #lostAt = new Map<string, number>();

  constructor(limits: MassLossLimits) {
    this.#limits = limits;
  }

  lost(instanceId: string, now: number): void {
    this.#lostAt.delete(instanceId);
    this.#lostAt.set(instanceId, now);
  }

  back(instanceId: string): void {
    this.#lostAt.delete(instanceId);
  }

  /** @param left How many are there that are not lost. */
  standing(left: number, now: number): 'small' | 'some' | 'mass' {
    for (const [instanceId, at] of this.#lostAt) {
      if (at > now - this.#limits.windowMs) break;
      this.#lostAt.delete(instanceId);
    }
    const lost = this.#lostAt.size;
    if (lost + left < this.#limits.minEndpoints) return 'small';
    return lost / (lost + left) >= this.#limits.share ? 'mass' : 'some';
  }
}
