import { type Call, TuttiError } from '@tutti/core';
import { compactVerify } from 'jose';
import { badToken } from './bad-token.ts';
import { readCompactHeader } from './compact-form.ts';
import type { KeySource } from './key-source.ts';

export interface JwsRules {
  /** The only algorithms there are; what the token says cannot add one. */
  readonly algorithms: readonly string[];
  readonly keys: KeySource;
}

export interface VerifiedJws {
  readonly payload: Uint8Array;
  /** Of the keys that it was verified with. */
  readonly revision: number;
}

/**
 * The payload of a JWS in compact form whose signature fits, by a key and an algorithm that the rules give and not the token.
 * @throws GATEWAY_UNAUTHENTICATED
 */
export async function verifyCompactJws(token: string, { algorithms, keys }: JwsRules, call: Call): Promise<VerifiedJws> {
  const header = readCompactHeader(token);
  if (!algorithms.includes(header.alg)) throw badToken('is signed with an algorithm that is not accepted');
  const { key, revision } = await keys.find(header, call).catch((cause: unknown) => {
    throw TuttiError.is(cause) ? cause : badToken('is signed with a key that is not known', cause);
  });
  try {
    const { payload } = await compactVerify(token, key, { algorithms: [...algorithms] });
    return { payload, revision };
  } catch (cause) {
    throw badToken('is not signed as it says', cause);
  }
}
