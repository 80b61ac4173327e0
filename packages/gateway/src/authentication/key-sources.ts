import { Call, compose, coreError, timeout } from '@tutti/core';
import { createLocalJWKSet, errors, type JSONWebKeySet, type LocalJWKSet } from 'jose';
import { gatewayError } from '../errors.ts';
import type { KeySource } from './compact-jws.ts';

/** A JSON Web Key Set (RFC 7517, section 5). */
export interface KeySet {
  readonly keys: readonly object[];
}

/** @throws INVALID_OPTIONS when it is no key set. */
export function fixedKeys(keySet: KeySet, path: string): KeySource {
  try {
    const keys = createLocalJWKSet(keySet as JSONWebKeySet); // checked there, whatever its type says
    return (header) => keys({ ...header });
  } catch (cause) {
    throw coreError('INVALID_OPTIONS', { path, problem: 'must be a JSON Web Key Set' }, { cause });
  }
}

/** Keys are fetched again when they are this old; those at hand are used on while that fails. */
const maxAgeMs = 600_000;
/** A key that is not among them is looked for at most this often, so that made-up key ids cannot flood the issuer. */
const unknownKeyPauseMs = 30_000;
const failurePauseMs = 5_000;

/** Keys that come from elsewhere: one fetch at a time, shared by all who wait for it, none more than the pauses allow. */
export function fetchedKeys(fetchKeys: (signal: AbortSignal) => Promise<KeySet>, issuer: string): KeySource {
  const fetchInTime = compose<void, KeySet>(
    (_none, call) => fetchKeys(call.signal),
    [timeout({ operation: 'fetching keys', timeout: '10s' })],
  );
  let known: LocalJWKSet | undefined;
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let nextTryAt = Number.NEGATIVE_INFINITY;
  let fetching: Promise<void> | undefined;

  async function fetchOnce({ runtime }: Call): Promise<void> {
    const { clock, logger } = runtime;
    try {
      const keySet = await fetchInTime(undefined, Call.root({ runtime }));
      known = createLocalJWKSet(keySet as JSONWebKeySet); // checked there
      fetchedAt = clock.now();
      nextTryAt = fetchedAt + unknownKeyPauseMs;
    } catch (error) {
      nextTryAt = clock.now() + failurePauseMs;
      logger.log('warn', 'the keys of an issuer could not be fetched', { issuer, error });
    }
    fetching = undefined;
  }
  async function refresh(call: Call): Promise<void> {
    if (!fetching && call.runtime.clock.now() < nextTryAt) return;
    fetching ??= fetchOnce(call);
    await fetching;
  }

  return async (header, call) => {
    const old = call.runtime.clock.now() - fetchedAt > maxAgeMs;
    if (!known || old) await refresh(call);
    if (!known) throw gatewayError('GATEWAY_KEYS_UNAVAILABLE', { issuer });
    try {
      return await known({ ...header });
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await refresh(call);
      return known({ ...header });
    }
  };
}
