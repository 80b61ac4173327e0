import { createHash } from 'node:crypto';
import type { Call } from '@tutti/core';
import type { Exchange } from '../http/exchange.ts';
import type { AddressPrefix } from './address-prefix.ts';
import type { LimitBy } from './limit-rule.ts';

/** Whose bucket a request counts in; undefined when in none. Two of them are never written alike, whatever names people give themselves. */
export function limitKey(by: LimitBy, { request }: Exchange, { principal, tenant }: Call, prefix: AddressPrefix): string | undefined {
  switch (by) {
    case 'address':
      return prefix(request.clientAddress);
    case 'caller':
      return principal === undefined
        ? prefix(request.clientAddress)
        : `principal:[${tenant === undefined ? 'null' : JSON.stringify(tenant)},${JSON.stringify(principal)}]`;
    case 'tenant':
      return `tenant:${JSON.stringify(tenant ?? null)}`;
    case 'route':
      return 'all';
    default: {
      const value = request.headers.combined(by.header);
      // an API key is a secret, and a store of limits is no place for it
      return value === undefined ? undefined : `${by.header}:${digest(value)}`;
    }
  }
}

/** A limiter takes keys of 1,024 characters at most, and whoever names principals is not told. */
export function bucketOf(key: string): string {
  return key.length <= 1_024 ? key : `sha256:${digest(key)}`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
