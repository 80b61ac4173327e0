/** When an endpoint whose answers are bad is left out for a while; see OutlierPolicy. */
export interface OutlierSettings {
  readonly consecutiveFailures: number;
  readonly intervalMs: number;
  readonly baseEjectionMs: number;
  readonly maxEjectionMs: number;
  readonly maxShare: number;
  readonly minEndpoints: number;
  readonly minRequests: number;
  readonly deviationFactor: number;
  readonly failureShare: number;
  readonly ejectSingle: boolean;
}

/** The answers of one endpoint within an interval. */
export interface Answers {
  readonly answers: number;
  readonly failures: number;
}

/** In a set this small each endpoint is a third of it or more. */
const smallSet = 3;

/**
 * How many of `endpoints` may be ejected at a time: the share of them, but one at least. The only one is kept, whatever it does,
 * and so, where there are two or three, are all but one: somebody has to answer.
 */
export function mostEjected(endpoints: number, { maxShare, ejectSingle }: OutlierSettings): number {
  if (endpoints <= 1) return ejectSingle ? endpoints : 0;
  const share = Math.max(1, Math.floor(endpoints * maxShare));
  return endpoints <= smallSet ? Math.min(share, endpoints - 1) : share;
}

/**
 * Which endpoints stand out, as indices: those whose share of successes is below `mean - factor * standard deviation` of all that had
 * enough requests, if enough had; and, when `failureShare` is set, those with that share of failures. Envoy's two statistical
 * detectors; the worst come first.
 */
export function outliersOf(all: readonly Answers[], settings: OutlierSettings): readonly number[] {
  const { minEndpoints, minRequests, deviationFactor, failureShare } = settings;
  const found = new Set<number>();
  const compared = withAtLeast(all, minRequests);
  if (compared.length >= minEndpoints) {
    const rates = compared.map(({ rate }) => rate);
    const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
    const deviation = Math.sqrt(rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / rates.length);
    const threshold = mean - deviationFactor * deviation;
    for (const { index, rate } of compared) if (rate < threshold) found.add(index);
  }
  const counted = withAtLeast(all, Math.ceil(minRequests / 2));
  if (failureShare > 0 && counted.length >= minEndpoints) {
    for (const { index, rate } of counted) if (1 - rate >= failureShare) found.add(index);
  }
  const rate = (index: number): number => rateOf(all[index] as Answers);
  return [...found].sort((a, b) => rate(a) - rate(b));
}

function withAtLeast(all: readonly Answers[], requests: number): { readonly index: number; readonly rate: number }[] {
  return all.flatMap((each, index) => (each.answers >= requests ? [{ index, rate: rateOf(each) }] : []));
}

function rateOf({ answers, failures }: Answers): number {
  return (answers - failures) / answers;
}
