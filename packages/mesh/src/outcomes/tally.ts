import type { OutcomeDelta } from '@tutti/core';

/** Bucket i holds latencies up to 2^i ms; the last one, everything above 2^19 ms (8.7 minutes). */
export const latencyBucketCount = 21;

/** Units that are named in one delta; of more it is only said that there were more. */
export const maxFailedUnits = 1_000;

/** Counts outcomes without allocating. */
export class Tally {
  readonly #latencies = new Float64Array(latencyBucketCount);
  readonly #units = new Set<number>();
  #ok = 0;
  #errors = 0;
  #byUnit = false;
  #cut = false;

  get isEmpty(): boolean {
    return this.#ok + this.#errors === 0;
  }

  add(ok: boolean, latencyMs: number, unit: number): void {
    if (ok) this.#ok++;
    else this.#errors++;
    const bucket = bucketOf(latencyMs);
    this.#latencies[bucket] = (this.#latencies[bucket] ?? 0) + 1;
    if (Number.isNaN(unit)) return;
    this.#byUnit = true;
    if (!ok) this.#fail(unit >>> 0);
  }

  /** What was counted since the last time; counting begins anew. */
  take(): Pick<OutcomeDelta, 'ok' | 'errors' | 'latencyBuckets' | 'failedUnits'> {
    const hashes = [...this.#units].sort((a, b) => a - b);
    const counts = {
      ok: this.#ok,
      errors: this.#errors,
      latencyBuckets: [...this.#latencies],
      ...(this.#byUnit && { failedUnits: { hashes, cut: this.#cut } }),
    };
    this.#ok = 0;
    this.#errors = 0;
    this.#byUnit = false;
    this.#cut = false;
    this.#latencies.fill(0);
    this.#units.clear();
    return counts;
  }

  #fail(unit: number): void {
    if (this.#units.size < maxFailedUnits) this.#units.add(unit);
    else if (!this.#units.has(unit)) this.#cut = true;
  }
}

/** What is no time, or none that can be, counts as the shortest: an outcome is never lost for a clock that stepped. */
function bucketOf(latencyMs: number): number {
  if (!(latencyMs > 1)) return 0;
  if (latencyMs > 2 ** (latencyBucketCount - 2)) return latencyBucketCount - 1;
  return 32 - Math.clz32(Math.ceil(latencyMs) - 1);
}
