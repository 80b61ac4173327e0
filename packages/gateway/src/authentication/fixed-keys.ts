import { coreError } from '@tutti/core';
import { createLocalJWKSet } from 'jose';
import { type KeySet, pinned } from './key-set.ts';
import type { KeySource } from './key-source.ts';

/** Keys that never change. @throws INVALID_OPTIONS when it is no key set. */
export function fixedKeys(keySet: KeySet, algorithms: readonly string[], path: string): KeySource {
  try {
    const keys = createLocalJWKSet(pinned(keySet, algorithms));
    return always(async (header) => ({ key: await keys({ ...header }), revision: 0 }));
  } catch (cause) {
    throw coreError('INVALID_OPTIONS', { path, problem: 'must be a JSON Web Key Set' }, { cause });
  }
}

export function sharedSecret(secret: Uint8Array): KeySource {
  return always(async () => ({ key: secret, revision: 0 }));
}

function always(find: KeySource['find']): KeySource {
  return { revision: 0, ready: () => true, renew: async () => {}, find };
}
