import { type EtcdEntry, entryOfWire, revisionOf, toWire, type WireRange, wireEndOf } from './etcd-wire.ts';

/** One key, or all that begin with a prefix. */
export type EtcdRange = ({ readonly key: string } | { readonly prefix: string }) & {
  /** With a prefix: only keys after this one. */
  readonly after?: string;
  /** As the store was at this revision, while it is not compacted; else as it is now. */
  readonly revision?: bigint;
  readonly limit?: number;
  /** By key, or by when they were written last. @defaultValue by key, rising */
  readonly order?: 'last-key-first' | 'last-written-first';
};

export interface EtcdFound {
  readonly entries: readonly EtcdEntry[];
  /** All there are, also beyond the limit; after `after`. */
  readonly count: number;
  /** Of the store when it answered. */
  readonly revision: bigint;
}

const orders = {
  'last-key-first': { sort_order: 'DESCEND', sort_target: 'KEY' },
  'last-written-first': { sort_order: 'DESCEND', sort_target: 'MOD' },
} as const;

export function rangeToWire(range: EtcdRange): object {
  const { after, revision, limit, order } = range;
  const keys =
    'key' in range
      ? { key: toWire(range.key) }
      : { key: after === undefined ? toWire(range.prefix) : toWire(`${after}\0`), range_end: wireEndOf(range.prefix) };
  return {
    ...keys,
    ...(revision !== undefined && { revision: String(revision) }),
    ...(limit !== undefined && { limit: String(limit) }),
    ...(order && orders[order]),
  };
}

export function foundOfWire(answer: WireRange): EtcdFound {
  return { entries: (answer.kvs ?? []).map(entryOfWire), count: Number(answer.count ?? 0), revision: revisionOf(answer) };
}
