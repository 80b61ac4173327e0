import { coreError } from '../../errors/core-errors.ts';
import { type Component, component } from '../../lifecycle/component.ts';
import { type Health, worst } from '../../lifecycle/health.ts';
import { durationMs } from '../../options/duration.ts';
import { exponential } from '../../policy/backoff.ts';
import type { SecretSource } from '../../ports/secret-source.ts';
import { deadlineWheel } from '../../runtime/deadline-wheel.ts';
import { defaultRuntime } from '../../runtime/runtime.ts';
import { checkSecretName } from '../secret-name.ts';
import { handBack } from './hand-back.ts';
import { KeptSecret } from './kept-secret.ts';
import type { VaultReader } from './read-place.ts';
import { type VaultClient, vaultClient } from './vault-client.ts';
import { checkVaultOptions, type VaultSecretsOptions } from './vault-options.ts';
import { VaultSession } from './vault-session.ts';

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
  const { address, auth, secrets, namespace, mount, kvVersion, maxResponseBytes, runtime = defaultRuntime } = checked;
  const { fetch = globalThis.fetch } = checked;
  const timeoutMs = durationMs(checked.requestTimeout);
  const send = vaultClient({ address, namespace, timeoutMs, maxResponseBytes, fetch, clock: runtime.clock });
  const stopping = new AbortController();
  const client: VaultClient = (request) => send({ ...request, signal: stopping.signal });
  const backoff = exponential({ initial: '1s', max: '30s', jitter: 0.2 });
  const kept = new Map<string, KeptSecret>();
  const session = new VaultSession(client, auth, runtime, backoff, () => {
    for (const secret of kept.values()) secret.reconsider();
  });
  const reader: VaultReader = { client, session, mount, kvVersion };

  const life = component(`vault ${new URL(address).host}`, {
    open: async () => {
      await session.grant();
    },
    async close() {
      stopping.abort();
      session.close();
      for (const secret of kept.values()) secret.close();
      const late = new AbortController();
      const end = deadlineWheel(runtime.clock).at(runtime.clock.now() + durationMs(checked.stopTimeout), () => late.abort());
      const ownsToken = auth.method !== 'token';
      const left = await handBack({ send, session, kept: [...kept.values()], ownsToken, signal: late.signal });
      end.cancel();
      kept.clear();
      if (left > 0) runtime.logger.log('warn', 'not everything could be given back to Vault; the rest ends by itself', { left });
    },
    probe: () => healthOf(session, kept),
  });
  const mustRun = (): void => {
    if (life.state !== 'running') throw coreError('NOT_RUNNING', { component: life.name, state: life.state });
  };
  const keep = (name: string): KeptSecret => {
    checkSecretName(name);
    mustRun();
    const known = kept.get(name);
    if (known) return known;
    const place = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
    const refreshMs = durationMs(checked.refreshInterval);
    const secret = new KeptSecret({
      name,
      place: place ?? { kv: name },
      reader,
      runtime,
      backoff,
      refreshMs,
      keepMs: durationMs(checked.keepLastGood),
    });
    kept.set(name, secret);
    return secret;
  };
  return Object.assign(life, {
    get: async (name: string) => {
      const secret = await keep(name).get();
      if (secret === undefined && !kept.get(name)?.watched) kept.delete(name); // nothing to keep good
      return secret;
    },
    watch: (name: string, listener: Parameters<SecretSource['watch']>[1]) => keep(name).watch(listener),
  });
}

/** Degraded while last good values are given on, unhealthy when there is none left of something that was asked for. */
function healthOf(session: VaultSession, kept: ReadonlyMap<string, KeptSecret>): Health {
  const parts: Record<string, Health> = {};
  for (const [name, secret] of kept) {
    const { trouble } = secret;
    parts[name] = trouble ? { status: trouble.expired ? 'unhealthy' : 'degraded', reason: trouble.problem } : { status: 'healthy' };
  }
  const { problem } = session;
  parts['token'] = problem === undefined ? { status: 'healthy' } : { status: 'degraded', reason: problem };
  return worst(parts);
}
