import { Tally } from './tally.ts';

/** A request without a bucketing unit. */
export const noUnit: number = Number.NaN;

type Counts = ReturnType<Tally['take']> & { readonly assigned: boolean };

/** Counts the outcomes of requests to one version of one service under one plan, without allocating. */
export class OutcomeRecorder {
  readonly serviceName: string;
  /** '' for endpoints that name none. */
  readonly version: string;
  readonly planRevision: number;
  readonly #onFirst: (recorder: OutcomeRecorder) => void;
  readonly #assigned = new Tally();
  readonly #others = new Tally();

  /** @param onFirst Called with the first outcome after each `take`, so that nobody has to look through all that are idle. */
  constructor(serviceName: string, version: string, planRevision: number, onFirst: (recorder: OutcomeRecorder) => void) {
    this.serviceName = serviceName;
    this.version = version;
    this.planRevision = planRevision;
    this.#onFirst = onFirst;
  }

  /**
   * @param unit The 32-bit hash of the bucketing unit of the request, or `noUnit`.
   * @param assigned Whether the weights gave the request to this version, as its `TrafficRoute` says.
   */
  record(ok: boolean, latencyMs: number, unit: number = noUnit, assigned = false): void {
    if (this.#assigned.isEmpty && this.#others.isEmpty) this.#onFirst(this);
    if (assigned) this.#assigned.add(ok, latencyMs, unit);
    else this.#others.add(ok, latencyMs, unit);
  }

  /** What was counted since the last time, those assigned and the others apart; counting begins anew. */
  take(): readonly Counts[] {
    const counts: Counts[] = [];
    if (!this.#assigned.isEmpty) counts.push({ assigned: true, ...this.#assigned.take() });
    if (!this.#others.isEmpty) counts.push({ assigned: false, ...this.#others.take() });
    return counts;
  }
}
