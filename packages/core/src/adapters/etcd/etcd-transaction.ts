import { type EtcdRange, rangeToWire } from './etcd-range.ts';
import { type EtcdEntry, entryOfWire, revisionOf, toWire, type WireHeader, type WireRange, wireEndOf } from './etcd-wire.ts';

/** A condition on one key. `modRevision` 0 is a key that does not exist. */
export type EtcdCondition = { readonly key: string; readonly modRevision: bigint } | { readonly key: string; readonly value: string };

export type EtcdOperation =
  /** `'keep'` leaves the key with the lease it has, which it must have. @defaultValue no lease */
  | { readonly put: string; readonly value: string; readonly lease?: string }
  | { readonly delete: string }
  /** All that begin with it. */
  | { readonly deletePrefix: string }
  /** From the first key to before the second. */
  | { readonly deleteFrom: string; readonly before: string }
  | { readonly get: EtcdRange };

export interface EtcdTransaction {
  /** All must hold. Without any it does. */
  readonly when?: readonly EtcdCondition[];
  readonly apply: readonly EtcdOperation[];
  readonly otherwise?: readonly EtcdOperation[];
}

export interface EtcdOutcome {
  /** Whether the condition held. */
  readonly done: boolean;
  /** What each `get` found, in order. */
  readonly found: readonly (readonly EtcdEntry[])[];
  readonly revision: bigint;
}

export interface WireOutcome {
  readonly header?: WireHeader;
  readonly succeeded?: boolean;
  readonly responses?: readonly { readonly response_range?: WireRange }[];
}

export function transactionToWire({ when = [], apply, otherwise = [] }: EtcdTransaction): object {
  return { compare: when.map(conditionToWire), success: apply.map(operationToWire), failure: otherwise.map(operationToWire) };
}

export function outcomeOfWire(answer: WireOutcome): EtcdOutcome {
  const ranges = (answer.responses ?? []).flatMap(({ response_range }) => (response_range ? [response_range] : []));
  return {
    done: answer.succeeded === true,
    found: ranges.map(({ kvs = [] }) => kvs.map(entryOfWire)),
    revision: revisionOf(answer),
  };
}

function conditionToWire(condition: EtcdCondition): object {
  const key = toWire(condition.key);
  return 'value' in condition
    ? { key, target: 'VALUE', result: 'EQUAL', value: toWire(condition.value) }
    : { key, target: 'MOD', result: 'EQUAL', mod_revision: String(condition.modRevision) };
}

function operationToWire(operation: EtcdOperation): object {
  if ('get' in operation) return { request_range: rangeToWire(operation.get) };
  if ('delete' in operation) return { request_delete_range: { key: toWire(operation.delete) } };
  if ('deletePrefix' in operation)
    return { request_delete_range: { key: toWire(operation.deletePrefix), range_end: wireEndOf(operation.deletePrefix) } };
  if ('deleteFrom' in operation)
    return { request_delete_range: { key: toWire(operation.deleteFrom), range_end: toWire(operation.before) } };
  const { put, value, lease } = operation;
  return {
    request_put: {
      key: toWire(put),
      value: toWire(value),
      ...(lease === 'keep' ? { ignore_lease: true } : lease !== undefined && { lease }),
    },
  };
}
