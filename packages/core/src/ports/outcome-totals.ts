import type { OutcomeDelta } from './outcome-stream.ts';

/** The sum of all deltas that are about the same service, version, plan revision and assignment. */
export type OutcomeSum = Omit<OutcomeDelta, 'replica' | 'sequence'>;

/**
 * What is known of some replicas' outcomes: a set of deltas, of which the unbroken beginning of each replica is kept as sums only.
 * Opaque: made by `noOutcomes` and `mergeOutcomes`, read by `sumOutcomes`. Never changed, and plain JSON, so it may be sent on.
 */
export interface OutcomeTotals {
  readonly replicas: Readonly<Record<string, ReplicaOutcomes>>;
}

interface ReplicaOutcomes {
  /** Deltas 1 to `through` are in `sums`. */
  readonly through: number;
  readonly sums: readonly OutcomeSum[];
  /** By sequence, ascending: those after a gap. */
  readonly loose: readonly OutcomeDelta[];
}

export const noOutcomes: OutcomeTotals = Object.freeze({ replicas: Object.freeze({}) });
const nothing: ReplicaOutcomes = Object.freeze({ through: 0, sums: [], loose: [] });

/**
 * Joins what two sides know. Commutative, associative and idempotent, whatever overlaps: a delta counts once however often and in
 * whatever order it comes (a join of sets; Shapiro et al., "Conflict-free Replicated Data Types", 2011). A delta that never comes
 * is missing from the sums and nothing else is; those after it are kept one by one.
 */
export function mergeOutcomes(left: OutcomeTotals, right: OutcomeTotals | OutcomeDelta): OutcomeTotals {
  const added = 'sequence' in right ? { [right.replica]: { ...nothing, loose: [right] } } : right.replicas;
  const replicas = new Map(Object.entries(left.replicas));
  for (const [replica, outcomes] of Object.entries(added)) replicas.set(replica, join(replicas.get(replica) ?? nothing, outcomes));
  return Object.freeze({ replicas: Object.freeze(Object.fromEntries(replicas)) });
}

/** One sum for each service, version, plan revision and assignment, ordered by these. */
export function sumOutcomes(totals: OutcomeTotals): readonly OutcomeSum[] {
  const parts = Object.values(totals.replicas).flatMap(({ sums, loose }) => [...sums, ...loose]);
  return parts.reduce(addTo, [] as readonly OutcomeSum[]);
}

/** Who knows the longer beginning knows all of the shorter one. */
function join(one: ReplicaOutcomes, other: ReplicaOutcomes): ReplicaOutcomes {
  const longer = one.through >= other.through ? one : other;
  const rest = new Map([...one.loose, ...other.loose].map((delta) => [delta.sequence, delta]));
  let { through, sums } = longer;
  for (let next = rest.get(through + 1); next; next = rest.get(through + 1)) {
    through++;
    sums = addTo(sums, next);
  }
  const loose = [...rest.values()].filter(({ sequence }) => sequence > through).sort((a, b) => a.sequence - b.sequence);
  return Object.freeze({ through, sums, loose });
}

function addTo(sums: readonly OutcomeSum[], added: OutcomeSum): readonly OutcomeSum[] {
  const at = sums.findIndex((sum) => compare(sum, added) >= 0);
  const found = sums[at];
  if (found === undefined) return [...sums, bare(added)];
  if (compare(found, added) === 0) return sums.with(at, plus(found, added));
  return sums.toSpliced(at, 0, bare(added));
}

function compare(a: OutcomeSum, b: OutcomeSum): number {
  return (
    order(a.serviceName, b.serviceName) ||
    order(a.version, b.version) ||
    a.planRevision - b.planRevision ||
    Number(a.assigned) - Number(b.assigned)
  );
}

const order = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** Without what is one delta's alone. */
function bare({ serviceName, version, planRevision, assigned, ok, errors, latencyBuckets, failedUnits }: OutcomeSum): OutcomeSum {
  return Object.freeze({ serviceName, version, planRevision, assigned, ok, errors, latencyBuckets, ...(failedUnits && { failedUnits }) });
}

function plus(a: OutcomeSum, b: OutcomeSum): OutcomeSum {
  const buckets = Math.max(a.latencyBuckets.length, b.latencyBuckets.length);
  const failedUnits = union(a.failedUnits, b.failedUnits);
  return Object.freeze({
    ...bare(a),
    ok: a.ok + b.ok,
    errors: a.errors + b.errors,
    latencyBuckets: Array.from({ length: buckets }, (_, at) => (a.latencyBuckets[at] ?? 0) + (b.latencyBuckets[at] ?? 0)),
    ...(failedUnits && { failedUnits }),
  });
}

function union(a: OutcomeSum['failedUnits'], b: OutcomeSum['failedUnits']): OutcomeSum['failedUnits'] {
  if (!a || !b) return a ?? b;
  const hashes = [...new Set([...a.hashes, ...b.hashes])].sort((x, y) => x - y);
  return { hashes, cut: a.cut || b.cut };
}
