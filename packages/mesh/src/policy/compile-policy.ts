import { type Backoff, BreakerMachine, durationMs, exponential, type RetryBudget, retryBudget } from '@tutti/core';
import type { Balancer } from '../balance/candidate.ts';
import { leastConnections, peakEwma } from '../balance/least-load.ts';
import { maglev } from '../balance/maglev.ts';
import { randomChoice } from '../balance/random-choice.ts';
import { ringHash } from '../balance/ring-hash.ts';
import { roundRobin } from '../balance/round-robin.ts';
import { weighted } from '../balance/weighted.ts';
import { coolDownFrom, type EndpointSettings } from '../endpoint/endpoint-settings.ts';
import type { OutlierSettings } from '../health/outliers.ts';
import { SessionSigner } from '../picking/session-signer.ts';
import { breakerSettings } from './breaker-settings.ts';
import { outlierDefaults } from './outlier-defaults.ts';
import type {
  BalanceKind,
  BalancePolicy,
  FaultPolicy,
  HashSource,
  HedgePolicy,
  MeshPolicy,
  ProbePolicy,
  RateLimitPolicy,
  RetryPolicy,
  ServicePolicy,
} from './service-policy.ts';

/** A policy of one service with every default filled in and everything made that can be made once. */
export interface CompiledPolicy {
  readonly source: ServicePolicy;
  readonly endpoint: EndpointSettings;
  readonly balancer: Balancer;
  readonly hashOn: HashSource | undefined;
  readonly sticky: SessionSigner | undefined;
  readonly outliers: OutlierSettings | undefined;
  readonly panicBelow: number;
  readonly preferZone: boolean;
  readonly maxInFlight: number;
  readonly maxQueue: number;
  readonly timeoutMs: number;
  readonly attemptTimeoutMs: number | undefined;
  /** For all that calls the service. */
  readonly serviceBreaker: { readonly key: string; readonly machine: BreakerMachine } | undefined;
  readonly maxAttempts: number;
  readonly backoff: Backoff;
  readonly retryStatuses: ReadonlySet<number>;
  readonly budget: RetryBudget;
  readonly hedge: { readonly afterMs: number; readonly budget: RetryBudget } | undefined;
  readonly rateLimit: RateLimitPolicy | undefined;
  readonly faults: readonly FaultPolicy[];
  readonly probe: ProbePolicy | undefined;
}

export const servicePolicyDefaults = { timeout: '30s', coolDown: '1s', decay: '10s', panicBelow: 0.5, preferZone: true } as const;
export const limitsDefaults = { maxInFlight: 1_024, maxQueue: 1_024, maxPerEndpoint: 1_024 } as const;
export const retryPolicyDefaults: Readonly<Required<RetryPolicy>> = {
  maxAttempts: 3,
  initialDelay: '25ms',
  maxDelay: '1s',
  statuses: [502, 503, 504],
  budgetShare: 0.2,
  budgetPerSecond: 10,
};
/** What an endpoint that only fails costs beside others, as a round trip: half a second to a second keeps traffic away, and 0.1 s does not. */
const failureCostMs = 1_000;

/** A service's own policy over what holds for all, field by field. Checked before. */
export function policyOf({ defaults, services }: MeshPolicy, serviceName: string): ServicePolicy {
  const own = services && Object.hasOwn(services, serviceName) ? services[serviceName] : undefined;
  return { ...servicePolicyDefaults, ...defaults, ...own };
}

/** @param before The policy that this one replaces: what is made of a part that stays the same stays too, with all that it has learnt. */
export function compilePolicy(policy: ServicePolicy, before?: CompiledPolicy): CompiledPolicy {
  if (before !== undefined && isSame(policy, before.source)) return before;
  const limits = { ...limitsDefaults, ...policy.limits };
  const retry = { ...retryPolicyDefaults, ...policy.retry };
  const outliers = policy.outliers === false ? undefined : { ...outlierDefaults, ...policy.outliers };
  const { balance = 'peak-ewma', hedge, slowStart, sticky } = policy;
  return {
    source: policy,
    endpoint: {
      decayMs: durationMs(policy.decay ?? servicePolicyDefaults.decay),
      failureCostMs,
      maxInFlight: limits.maxPerEndpoint,
      slowStart: slowStart && {
        windowMs: durationMs(slowStart.window),
        aggression: slowStart.aggression ?? 1,
        minShare: slowStart.minShare ?? 0.1,
      },
      breaker: policy.endpointBreaker && breakerSettings(policy.endpointBreaker),
      coolDown: coolDownFrom(durationMs(policy.coolDown ?? servicePolicyDefaults.coolDown)),
      failuresToEject: outliers?.consecutiveFailures ?? Number.POSITIVE_INFINITY,
    },
    balancer: before !== undefined && isSame(policy.balance, before.source.balance) ? before.balancer : balancerOf(balance),
    hashOn: typeof balance === 'object' && 'on' in balance ? balance.on : undefined,
    sticky: sticky && new SessionSigner(sticky),
    outliers: outliers && {
      ...outliers,
      intervalMs: durationMs(outliers.interval),
      baseEjectionMs: durationMs(outliers.baseEjection),
      maxEjectionMs: durationMs(outliers.maxEjection),
    },
    panicBelow: policy.panicBelow ?? servicePolicyDefaults.panicBelow,
    preferZone: policy.preferZone ?? servicePolicyDefaults.preferZone,
    maxInFlight: limits.maxInFlight,
    maxQueue: limits.maxQueue,
    timeoutMs: durationMs(policy.timeout ?? servicePolicyDefaults.timeout),
    attemptTimeoutMs: policy.attemptTimeout === undefined ? undefined : durationMs(policy.attemptTimeout),
    serviceBreaker: serviceBreakerOf(policy, before),
    maxAttempts: retry.maxAttempts,
    backoff: exponential({ initial: retry.initialDelay, max: retry.maxDelay, jitter: 1 }),
    retryStatuses: new Set(retry.statuses),
    budget: sameBudget(retry, before) ?? retryBudget({ share: retry.budgetShare, minPerSecond: retry.budgetPerSecond }),
    hedge: hedge && {
      afterMs: durationMs(hedge.after),
      budget: sameHedgeBudget(hedge, before) ?? retryBudget({ share: hedgeShareOf(hedge), minPerSecond: 0 }),
    },
    rateLimit: policy.rateLimit,
    faults: policy.faults ?? [],
    probe: policy.probe,
  };
}

/** As JSON says: members in another order make a difference, which only costs that it is made again. */
function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Asked of what holds, not of what is written: to write a default down changes nothing. */
function sameBudget(retry: Required<RetryPolicy>, before: CompiledPolicy | undefined): RetryBudget | undefined {
  const was = { ...retryPolicyDefaults, ...before?.source.retry };
  return retry.budgetShare === was.budgetShare && retry.budgetPerSecond === was.budgetPerSecond ? before?.budget : undefined;
}

function sameHedgeBudget(hedge: HedgePolicy, before: CompiledPolicy | undefined): RetryBudget | undefined {
  const was = before?.source.hedge;
  return was && hedgeShareOf(hedge) === hedgeShareOf(was) ? before.hedge?.budget : undefined;
}

function hedgeShareOf({ budgetShare = 0.05 }: HedgePolicy): number {
  return budgetShare;
}

function serviceBreakerOf({ serviceBreaker }: ServicePolicy, before: CompiledPolicy | undefined): CompiledPolicy['serviceBreaker'] {
  if (serviceBreaker === undefined) return undefined;
  const settings = breakerSettings(serviceBreaker);
  if (settings.key === before?.serviceBreaker?.key) return before.serviceBreaker;
  return { key: settings.key, machine: new BreakerMachine({ ...settings, tally: settings.trip.tally(), onChange: undefined }) };
}

function balancerOf(balance: BalancePolicy): Balancer {
  if (typeof balance === 'object') {
    if (balance.kind === 'least-connections') return leastConnections(balance);
    return balance.kind === 'maglev' ? maglev(balance) : ringHash(balance);
  }
  return plainBalancers[balance]();
}

const plainBalancers: Readonly<Record<BalanceKind, () => Balancer>> = {
  'peak-ewma': peakEwma,
  'round-robin': roundRobin,
  weighted,
  'least-connections': leastConnections,
  random: randomChoice,
};
