import type { Call } from '@tutti/core';
import type { CryptoKey } from 'jose';
import type { JwsHeader } from './compact-form.ts';

export interface FoundKey {
  readonly key: CryptoKey | Uint8Array;
  /** That of the keys among which it was found. */
  readonly revision: number;
}

/** Where the keys are that tokens are checked with. */
export interface KeySource {
  /** Another number when keys have changed: what was verified with the earlier ones must be verified again. */
  readonly revision: number;
  /** Whether there are keys to rely on without waiting for anybody. Begins to fetch newer ones before these are too old. */
  ready(call: Call): boolean;
  /** Waits for keys to rely on. @throws GATEWAY_KEYS_UNAVAILABLE when there are none. */
  renew(call: Call): Promise<void>;
  /** The one key that a token with this header must be signed with; rejects when there is none, or more than one. */
  find(header: JwsHeader, call: Call): Promise<FoundKey>;
}
