import { revealed } from './secret-input.ts';
import { lookedUp, mustSucceed, tokenOf, type VaultToken } from './vault-answer.ts';
import type { VaultClient } from './vault-client.ts';
import { refused } from './vault-failure.ts';
import type { SecretInput, VaultAuth } from './vault-options.ts';

/** Where a token asks about itself. */
export const lookupSelf = 'auth/token/lookup-self';

/**
 * Comes by a token, with credentials fetched anew.
 * @throws SECRET_UNAVAILABLE
 * @throws SECRET_REFUSED
 */
export async function logIn(client: VaultClient, auth: VaultAuth): Promise<VaultToken> {
  if (auth.method === 'token') {
    const token = await credential(auth.token, lookupSelf);
    const answer = await client({ method: 'GET', path: lookupSelf, token });
    mustSucceed(lookupSelf, answer);
    return { token, ...lookedUp(lookupSelf, answer) };
  }
  const appRole = auth.method === 'appRole';
  const path = `auth/${auth.mount ?? (appRole ? 'approle' : 'kubernetes')}/login`;
  const secret = await credential(appRole ? auth.secretId : auth.jwt, path);
  const body = appRole ? { role_id: auth.roleId, secret_id: secret } : { role: auth.role, jwt: secret };
  const answer = await client({ method: 'POST', path, body, credential: secret });
  mustSucceed(path, answer);
  return tokenOf(path, answer);
}

async function credential(input: SecretInput, path: string): Promise<string> {
  const value = await revealed(input);
  if (value === undefined) throw refused(path, 'there is no credential to log in with');
  return value;
}
