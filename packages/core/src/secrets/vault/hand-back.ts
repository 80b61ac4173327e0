import type { KeptSecret } from './kept-secret.ts';
import type { VaultClient, VaultRequest } from './vault-client.ts';
import type { VaultSession } from './vault-session.ts';

export interface HandBackOptions {
  readonly send: VaultClient;
  readonly session: VaultSession;
  readonly kept: readonly KeptSecret[];
  /** Whether the tokens were logged in for: then they are revoked, and their leases with them. */
  readonly ownsToken: boolean;
  readonly signal: AbortSignal;
}

/** Gives tokens and leases back, all at once; says how many that did not work for. Never throws. */
export async function handBack({ send, session, kept, ownsToken, signal }: HandBackOptions): Promise<number> {
  const requests: VaultRequest[] = [];
  if (ownsToken) {
    for (const { token } of session.grants) requests.push({ method: 'POST', path: 'auth/token/revoke-self', token, body: {}, signal });
  } else {
    const token = session.current?.token;
    for (const { lease } of kept) {
      if (lease && token !== undefined)
        requests.push({ method: 'PUT', path: 'sys/leases/revoke', token, body: { lease_id: lease.id }, signal });
    }
  }
  const outcomes = await Promise.allSettled(requests.map(send));
  return outcomes.filter((outcome) => outcome.status === 'rejected' || outcome.value.status >= 300).length;
}
