import type { Call } from '../call/call.ts';
import { coreError } from '../errors/core-errors.ts';
import { type Rule, shown } from '../options/rules.ts';

/** What tells keys of one partition apart. Numbers and strings are different parts: `7` is not `'7'`. */
export type KeyPart = string | number | boolean;

/**
 * Whose data a key leads to. Made by {@link tenant}, {@link principal} and {@link shared} and by nothing else, so that
 * code which forgot to say whose data it caches does not compile.
 */
class Partition {
  readonly tenant: string | undefined;
  readonly principal: string | undefined;
  readonly #prefix: readonly (string | null)[];

  constructor(
    prefix: readonly (string | null)[],
    owner: { readonly tenant?: string | undefined; readonly principal?: string | undefined },
  ) {
    this.#prefix = prefix;
    this.tenant = owner.tenant;
    this.principal = owner.principal;
    Object.freeze(this);
  }

  static prefixOf(partition: Partition): readonly (string | null)[] {
    return partition.#prefix;
  }
}

/**
 * The name of an entry or of a tag, within its partition. Made by {@link scopedKey} only. `text` is its one spelling:
 * two keys have the same text exactly when partition and parts are the same.
 */
class ScopedKey {
  readonly text: string;
  readonly #partition: Partition;

  constructor(partition: Partition, text: string) {
    this.#partition = partition;
    this.text = text;
    Object.freeze(this);
  }

  get partition(): Partition {
    return this.#partition;
  }

  static is(value: unknown): value is ScopedKey {
    return typeof value === 'object' && value !== null && #partition in value;
  }

  toString(): string {
    return this.text;
  }
}

export type { Partition, ScopedKey };

/**
 * The data of the tenant of `call`, alike for all its members.
 * @throws INVALID_ARGUMENT when the call carries no tenant.
 */
export function tenant(call: Call): Partition {
  if (!call.tenant) throw coreError('INVALID_ARGUMENT', { path: 'tenant(call)', problem: 'needs a call that carries a tenant' });
  return new Partition(['tenant', call.tenant], { tenant: call.tenant });
}

/**
 * The data of the principal of `call`, within its tenant if it has one: the same name in two tenants is two partitions.
 * @throws INVALID_ARGUMENT when the call carries no principal.
 */
export function principal(call: Call): Partition {
  if (!call.principal) throw coreError('INVALID_ARGUMENT', { path: 'principal(call)', problem: 'needs a call that carries a principal' });
  return new Partition(['principal', call.tenant ?? null, call.principal], { tenant: call.tenant, principal: call.principal });
}

/** The same for everybody. Written out, so that a reader of the code sees that somebody decided so. */
export function shared(): Partition {
  return new Partition(['shared'], {});
}

/**
 * Mints a key. The spelling is a JSON array that begins with the kind and the owner of the partition, which no choice of
 * parts can imitate: quotes, delimiters and lone surrogates are escaped.
 *
 * @throws INVALID_ARGUMENT for a part that is neither a string, a finite number nor a boolean.
 *
 * @example
 * ```ts
 * import { Call } from '@tutti/core';
 * import { scopedKey, shared, tenant } from '@tutti/core/cache';
 *
 * const call = Call.root({ tenant: 'acme' });
 * console.log(scopedKey(tenant(call), 'order', 7).text); // ["tenant","acme","order",7]
 * console.log(scopedKey(shared(), 'price-list').text); // ["shared","price-list"]
 * ```
 */
export function scopedKey(partition: Partition, ...parts: readonly [KeyPart, ...KeyPart[]]): ScopedKey {
  if (!(partition instanceof Partition)) {
    const problem = `must be made by tenant(call), principal(call) or shared(), got ${shown(partition)}`;
    throw coreError('INVALID_ARGUMENT', { path: 'scopedKey.partition', problem });
  }
  for (const [index, part] of parts.entries()) {
    if (typeof part === 'string' || typeof part === 'boolean' || Number.isFinite(part)) continue;
    const problem = `must be a string, a finite number or a boolean, got ${shown(part)}`;
    throw coreError('INVALID_ARGUMENT', { path: `scopedKey.parts[${index}]`, problem });
  }
  return new ScopedKey(partition, JSON.stringify([...Partition.prefixOf(partition), ...parts]));
}

export const scopedKeyRule: Rule = (value) =>
  ScopedKey.is(value) ? undefined : `must be made by scopedKey(partition, ...parts), got ${shown(value)}`;

/** The text of a key; refuses, for callers without types, anything that was not minted. */
export function textOf(key: ScopedKey, path: string): string {
  const problem = scopedKeyRule(key);
  if (problem) throw coreError('INVALID_ARGUMENT', { path, problem });
  return key.text;
}
