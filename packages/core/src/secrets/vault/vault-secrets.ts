import { coreError } from '../../errors/core-errors.ts';
import { type Component, component } from '../../lifecycle/component.ts';
import type { SecretSource } from '../../ports/secret-source.ts';
import { checkSecretName } from '../secret-name.ts';
import { VaultKeeper } from './vault-keeper.ts';
import { checkVaultOptions, type VaultSecretsOptions } from './vault-options.ts';

/** A Vault as a source of secrets, with a life: it keeps a token and leases from `start` to `stop`. */
export interface VaultSecrets extends SecretSource, Component {}

/**
 * Secrets from a HashiCorp Vault (or OpenBao) over its HTTP API, version 1: KV 1 and 2, and every engine that gives leases.
 *
 * A secret that was asked for once is kept good from then on, without further questions by callers: a lease is renewed at two
 * thirds of its time; what cannot be renewed, or no longer to its full time, is read again, well before it ends; what has no lease
 * is read again every `refreshInterval`. A lease is taken to end with the token it was read with, as Vault does. When Vault
 * is sealed, busy or away, the last good value is given on until it expires, and then SECRET_EXPIRED.
 *
 * An answer of 403 leads to one new login and one more try, then SECRET_REFUSED. After a failure Vault is asked again after 1 s, ever
 * more rarely up to every 30 s; until then callers get the failure. The token needs Vault's `default` policy, to ask about and renew itself.
 *
 * `start` logs in. `stop` revokes the tokens it logged in for, and with them their leases; with a token that was given, the leases alone.
 *
 * @example
 * ```ts
 * import { fileSecrets, vaultSecrets } from '@tutti/core/secrets';
 *
 * const mounted = fileSecrets({ folder: '/run/secrets' });
 * const vault = vaultSecrets({
 *   address: 'https://vault.internal:8200',
 *   auth: { method: 'appRole', roleId: 'orders', secretId: () => mounted.get('vault-secret-id') },
 *   secrets: { 'orders-db': { path: 'database/creds/orders' } },
 * });
 * await vault.start();
 * const login = await vault.get('orders-db');
 * console.log(login?.reveal('username'));
 * ```
 */
export function vaultSecrets(options: VaultSecretsOptions): VaultSecrets {
  const checked = checkVaultOptions(options);
  let keeper: VaultKeeper | undefined; // a start that failed is tried again with a new one
  const life = component(`vault ${new URL(checked.address).host}`, {
    async open() {
      keeper = new VaultKeeper(checked);
      await keeper.open();
    },
    close: () => keeper?.close(),
    probe: () => keeper?.health() ?? { status: 'healthy' },
  });
  const running = (name: string): VaultKeeper => {
    checkSecretName(name);
    if (life.state === 'running' && keeper) return keeper;
    throw coreError('NOT_RUNNING', { component: life.name, state: life.state });
  };
  return Object.assign(life, {
    get: async (name: string) => running(name).get(name),
    watch: (name: string, listener: Parameters<SecretSource['watch']>[1]) => running(name).watch(name, listener),
  });
}
