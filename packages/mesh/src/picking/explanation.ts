import type { EndpointRecord } from '../endpoint/endpoint-record.ts';
import type { Exclusion, ExclusionReason } from '../endpoint/exclusion.ts';
import { mismatch, type Picker, type Subset } from './picker.ts';
import { priorityOf } from './pool.ts';

/** How the mesh sees one endpoint for one request. */
export interface EndpointExplanation {
  readonly instanceId: string;
  readonly version?: string;
  /** Whether the request may go there by its own state. */
  readonly eligible: boolean;
  readonly reasons: readonly ExclusionReason[];
  /** In how many milliseconds the last of the reasons that end by themselves does. */
  readonly endsInMs?: number;
  /** Used although it is excluded, because too few are not. */
  readonly inPanic?: true;
  /** The registry lost it together with many others and is doubted. It is picked like any other: its answers decide. */
  readonly suspect?: true;
  readonly priority: number;
  readonly weight: number;
  /** Less than 1 while it is led up to its full share. */
  readonly share: number;
  readonly inFlight: number;
  /** What one more request there costs, as the default balancer sees it: the lower, the better. */
  readonly load: number;
  readonly failureShare: number;
  readonly consecutiveFailures: number;
  readonly ejections: number;
  readonly breaker?: 'closed' | 'open' | 'half-open';
}

/** Why a request would go where. */
export interface Explanation {
  readonly serviceName: string;
  readonly balancer: string;
  /** Whether the health of endpoints is not believed at present, because too few would be left. */
  readonly panic: boolean;
  /** The version that the traffic plan gives to this request, and the revision of the plan. */
  readonly plan?: { readonly version: string; readonly revision: number };
  readonly endpoints: readonly EndpointExplanation[];
}

export function explainEndpoints(picker: Picker, subset: Subset, exclude: readonly string[], now: number): readonly EndpointExplanation[] {
  const pool = picker.pool(subset);
  return picker.records.map((record) => {
    const exclusions = exclusionsOf(record, picker, subset, exclude);
    const ends = exclusions.flatMap(({ until }) => until ?? []);
    const endpoint: EndpointExplanation = {
      instanceId: record.instanceId,
      ...(record.endpoint.version !== undefined && { version: record.endpoint.version }),
      eligible: exclusions.length === 0,
      reasons: exclusions.map(({ reason }) => reason),
      ...(ends.length > 0 && { endsInMs: Math.max(...ends) - now }),
      ...(isUsedAnyway(exclusions) && pool.usesInPanic(record) && { inPanic: true }),
      ...(record.endpoint.suspect && { suspect: true }),
      priority: priorityOf(record),
      weight: record.weight,
      share: record.share(now),
      inFlight: record.inFlight,
      load: record.load(now),
      failureShare: record.failureShare(now),
      consecutiveFailures: record.consecutiveFailures,
      ejections: record.passiveHealth.ejections.count,
      ...(record.breaker && { breaker: record.breaker.state }),
    };
    return endpoint;
  });
}

/** Reasons that a panic does not believe. */
const healthReasons: ReadonlySet<ExclusionReason> = new Set(['unhealthy', 'failing its probe', 'ejected', 'unreachable']);

function isUsedAnyway(exclusions: readonly Exclusion[]): boolean {
  return exclusions.length > 0 && exclusions.every(({ reason }) => healthReasons.has(reason));
}

/** All that speaks against an endpoint, the strongest first. */
export function exclusionsOf(record: EndpointRecord, picker: Picker, subset: Subset, exclude: readonly string[]): readonly Exclusion[] {
  const found: Exclusion[] = [];
  const foreign = mismatch(record, subset);
  if (foreign) found.push(foreign);
  found.push(...(picker.exclusions.get(record) ?? []));
  if (record.inFlight >= record.settings.maxInFlight) found.push({ reason: 'full' });
  if (record.isShutOff()) found.push({ reason: 'shut off by its breaker' });
  if (exclude.includes(record.instanceId)) found.push({ reason: 'tried already' });
  return found;
}
