import type { EndpointRecord } from '../endpoint/endpoint-record.ts';
import type { Exclusion, ExclusionReason } from '../endpoint/exclusion.ts';
import type { CompiledPolicy } from '../policy/compile-policy.ts';
import { Pool } from './pool.ts';

/** Which endpoints a request may go to. */
export interface Subset {
  readonly tenant: string | undefined;
  readonly version: string | undefined;
  readonly tags: readonly string[];
}

export const noTags: readonly string[] = Object.freeze([]);

/** Kinds of requests for which pools are kept; for others one is made each time. */
const keptPools = 1_000;

/**
 * Which endpoints of a service may take requests, frozen at one moment. Replaced as a whole on every change, never changed, so a
 * pick sees one state and no mixture. Pools are made from it when first asked for.
 */
export class Picker {
  /** In the order of their ids, so that a reload does not disturb a round. */
  readonly records: readonly EndpointRecord[];
  readonly policy: CompiledPolicy;
  /** Of those that have any, and then at least one. */
  readonly exclusions: ReadonlyMap<EndpointRecord, readonly Exclusion[]>;
  /** When the first of the exclusions ends. */
  readonly expiresAt: number;
  /** Those with an endpoint that may be picked. */
  readonly versions: ReadonlySet<string>;
  readonly #zone: string | undefined;
  readonly #byId: ReadonlyMap<string, EndpointRecord>;
  readonly #pools = new Map<string, Pool>();
  #plain: Pool | undefined = undefined;

  constructor(records: Iterable<EndpointRecord>, policy: CompiledPolicy, zone: string | undefined, now: number) {
    this.records = [...records].sort((a, b) => (a.instanceId < b.instanceId ? -1 : 1));
    this.policy = policy;
    this.#zone = zone;
    this.#byId = new Map(this.records.map((record) => [record.instanceId, record]));
    const exclusions = new Map<EndpointRecord, readonly Exclusion[]>();
    const versions = new Set<string>();
    let expiresAt = Number.POSITIVE_INFINITY;
    for (const record of this.records) {
      const found = record.exclusions(now);
      if (found.length === 0) {
        if (record.endpoint.version !== undefined) versions.add(record.endpoint.version);
        continue;
      }
      exclusions.set(record, found);
      for (const { until } of found) if (until !== undefined && until < expiresAt) expiresAt = until;
    }
    this.exclusions = exclusions;
    this.expiresAt = expiresAt;
    this.versions = versions;
  }

  find(instanceId: string): EndpointRecord | undefined {
    return this.#byId.get(instanceId);
  }

  pool(subset: Subset): Pool {
    const { tenant, version, tags } = subset;
    if (tenant === undefined && version === undefined && tags.length === 0) {
      this.#plain ??= this.#makePool(subset);
      return this.#plain;
    }
    const key = spelled(version) + spelled(tenant) + (tags.length === 0 ? '' : JSON.stringify(tags));
    let pool = this.#pools.get(key);
    if (!pool) {
      pool = this.#makePool(subset);
      if (this.#pools.size < keptPools) this.#pools.set(key, pool);
    }
    return pool;
  }

  #makePool(subset: Subset): Pool {
    const members = this.records.filter((record) => mismatch(record, subset) === undefined && !this.#isOut(record));
    return new Pool(members, {
      policy: this.policy,
      zone: this.#zone,
      isExcluded: (record) => this.exclusions.has(record),
      isUnreachable: (record) => this.#is(record, 'unreachable'),
    });
  }

  /** Whether the endpoint takes nothing new even in a panic: that is what it was told, and no question of its health. */
  #isOut(record: EndpointRecord): boolean {
    return this.#is(record, 'draining') || this.#is(record, 'without weight');
  }

  #is(record: EndpointRecord, wanted: ExclusionReason): boolean {
    return this.exclusions.get(record)?.some(({ reason }) => reason === wanted) ?? false;
  }
}

/** With its length, so that no two subsets are spelled alike, whatever a caller sends. */
function spelled(part: string | undefined): string {
  return part === undefined ? '-' : `${part.length}:${part}`;
}

/** Why an endpoint is not in a subset. One of a tenant serves that tenant alone. */
export function mismatch({ endpoint }: EndpointRecord, { tenant, version, tags }: Subset): Exclusion | undefined {
  if (endpoint.tenant !== undefined && endpoint.tenant !== tenant) return { reason: 'of another tenant' };
  if (version !== undefined && endpoint.version !== version) return { reason: 'of another version' };
  if (tags.length > 0 && !tags.every((tag) => endpoint.tags.includes(tag))) return { reason: 'without a wanted tag' };
  return undefined;
}
