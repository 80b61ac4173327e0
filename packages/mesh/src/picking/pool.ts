import type { Balance, Pick } from '../balance/candidate.ts';
import type { EndpointRecord } from '../endpoint/endpoint-record.ts';
import type { CompiledPolicy } from '../policy/compile-policy.ts';
import { priorityLoads } from './priority-loads.ts';

/** The endpoints of one priority. */
interface Level {
  readonly balance: Balance<EndpointRecord>;
  readonly used: readonly EndpointRecord[];
  /** Requests below this of 100, and not below that of the level before, go here. */
  readonly below: number;
  readonly panic: boolean;
}

/** What a pool is made for. */
export interface PoolSettings {
  readonly policy: PoolPolicy;
  readonly zone: string | undefined;
  readonly isExcluded: (record: EndpointRecord) => boolean;
  readonly isUnreachable: (record: EndpointRecord) => boolean;
}

/** What of a policy a pool is made by. */
type PoolPolicy = { readonly [Part in 'balancer' | 'panicBelow' | 'preferZone']: CompiledPolicy[Part] };

/** In a set this small each endpoint is a third of it or more: panic is then for when none is left. */
const smallSet = 3;

/** The endpoints that may serve one kind of request, by priority, each level with its balancer. Frozen with the picker it belongs to. */
export class Pool {
  readonly #levels: readonly Level[];
  readonly panic: boolean;

  /** @param records In the order of their ids, none of them draining or without weight. */
  constructor(records: readonly EndpointRecord[], settings: PoolSettings) {
    const { policy } = settings;
    const byPriority = groupByPriority(records, policy.preferZone ? settings.zone : undefined);
    const availables = byPriority.map((members) => members.filter((record) => !settings.isExcluded(record)));
    const shares = byPriority.map((members, level) => (availables[level] as readonly EndpointRecord[]).length / members.length);
    let below = 0;
    this.#levels = priorityLoads(shares, policy.panicBelow).map(({ percent, panic }, level) => {
      const members = byPriority[level] as readonly EndpointRecord[];
      const available = availables[level] as readonly EndpointRecord[];
      const panics = panic && (members.length > smallSet || available.length === 0);
      const reachable = members.filter((record) => !settings.isUnreachable(record));
      const used = !panics ? available : reachable.length > 0 ? reachable : members;
      below += percent;
      return { balance: policy.balancer.over(used), used, below, panic: panics };
    });
    this.panic = this.#levels.some(({ panic }) => panic);
  }

  /** Whether requests go there although it is excluded. */
  usesInPanic(record: EndpointRecord): boolean {
    return this.#levels.some(({ panic, used }) => panic && used.includes(record));
  }

  next(pick: Pick): EndpointRecord | undefined {
    const [first] = this.#levels;
    if (first === undefined) return undefined;
    if (this.#levels.length === 1) return first.balance.next(pick);
    const drawn = pick.random() * 100;
    for (const level of this.#levels) {
      if (drawn >= level.below) continue;
      const record = level.balance.next(pick);
      if (record) return record;
      break;
    }
    for (const level of this.#levels) {
      const record = level.balance.next(pick);
      if (record) return record;
    }
    return undefined;
  }
}

/** Lower numbers first, and within each the mesh's own zone before the others. */
function groupByPriority(records: readonly EndpointRecord[], zone: string | undefined): readonly (readonly EndpointRecord[])[] {
  const groups = new Map<number, EndpointRecord[]>();
  for (const record of records) {
    const elsewhere = zone !== undefined && record.endpoint.zone !== zone ? 1 : 0;
    const key = priorityOf(record) * 2 + elsewhere;
    const group = groups.get(key);
    if (group) group.push(record);
    else groups.set(key, [record]);
  }
  return [...groups].sort(([a], [b]) => a - b).map(([, group]) => group);
}

/** `metadata.priority`, a whole number from 0, the first; anything else counts as 0. */
export function priorityOf({ endpoint }: EndpointRecord): number {
  const given = endpoint.metadata['priority'];
  return given !== undefined && /^\d{1,3}$/.test(given) ? Number(given) : 0;
}
