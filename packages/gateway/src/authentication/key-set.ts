import type { JSONWebKeySet, JWK } from 'jose';

/** A JSON Web Key Set (RFC 7517, section 5). */
export interface KeySet {
  readonly keys: readonly object[];
}

/**
 * The set with an algorithm for every key. Most keys say theirs, or have a curve that only one goes with; an RSA key that does not is for the
 * first of the algorithms that goes with RSA, and for no other (RFC 8725, section 3.1). Whether it is a key set is not checked here.
 */
export function pinned(keySet: KeySet, algorithms: readonly string[]): JSONWebKeySet {
  const forRsa = algorithms.find((name) => /^[RP]S/.test(name));
  const { keys } = keySet as JSONWebKeySet;
  if (!Array.isArray(keys) || forRsa === undefined) return { ...keySet, keys };
  return { ...keySet, keys: keys.map((key: JWK) => (key?.kty === 'RSA' && key.alg === undefined ? { ...key, alg: forRsa } : key)) };
}
