import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { address, hour, minute, started } from '../../../test/secrets/started-vault.ts';
import { fakeVault, testRuntime } from '../../testing/index.ts';
import { type VaultSecretsOptions, vaultSecrets } from '../index.ts';

describe('logging in', () => {
  it('fails the start in words when the credentials are refused, and can be tried again', async () => {
    const runtime = testRuntime();
    const vault = fakeVault(runtime);
    const role = vault.appRole({});
    const ids = ['wrong-secret-id', role.secretId(1)];
    const auth = { method: 'appRole', roleId: role.roleId, secretId: async () => ids.shift() } as const;
    const source = vaultSecrets({ address, auth, fetch: vault.fetch, runtime });
    await expect(source.start()).rejects.toMatchObject({
      code: 'SECRET_REFUSED',
      message: expect.stringContaining('/v1/auth/approle/login answered 400 (invalid role or secret ID)'),
    });
    await runtime.clock.advance(1_000);
    await source.start();
    expect(await source.health()).toMatchObject({ status: 'healthy' });
  });

  it('works with the token that Kubernetes mounts, read anew each time', async () => {
    const runtime = testRuntime();
    const vault = fakeVault(runtime);
    vault.kubernetesRole('orders', { ttlMs: 10 * minute, maxTtlMs: 10 * minute }, ['jwt-1', 'jwt-2']);
    const jwts = ['jwt-1', 'jwt-2', 'jwt-3'];
    const auth = { method: 'kubernetes', role: 'orders', jwt: async () => jwts.shift() } as const;
    const source = vaultSecrets({ address, auth, fetch: vault.fetch, runtime });
    await source.start();
    await runtime.clock.advance(9 * minute);
    expect([vault.count('auth/kubernetes/login'), jwts]).toEqual([2, ['jwt-3']]);
  });

  it('is not tried with a secret id that is used up until its tokens end, and says so then', async () => {
    const { vault, login, works, pass, source } = await started({ logins: 1, token: { ttlMs: 30 * minute, maxTtlMs: hour } });
    await login();
    await pass(55 * minute);
    expect(works(await login())).toBe(true);
    expect(await source.health()).toMatchObject({ status: 'degraded', reason: expect.stringContaining('invalid role or secret ID') });
    await pass(6 * minute);
    const expired = await source.get('db').catch((error: unknown) => error);
    expect(expired).toMatchObject({ code: 'SECRET_EXPIRED', cause: { code: 'SECRET_REFUSED' } });
    expect(vault.liveTokens).toEqual([]);
  });

  it('is renewed at two thirds of the time of the token', async () => {
    const { vault, pass } = await started({ token: { ttlMs: hour } });
    await pass(40 * minute - 1);
    expect(vault.count('auth/token/renew-self')).toBe(0);
    await pass(1 + 40 * minute);
    expect([vault.count('auth/token/renew-self'), vault.count('auth/approle/login')]).toEqual([2, 1]);
  });
});

describe('stopping', () => {
  it('revokes the token it logged in for, and everything with it', async () => {
    const { vault, source, login, works } = await started();
    const secret = await login();
    await source.stop();
    expect([works(secret), vault.liveTokens, vault.liveLeases]).toEqual([false, [], []]);
    await expect(source.get('db')).rejects.toMatchObject({ code: 'NOT_RUNNING' });
  });

  it('revokes the leases alone when the token was given', async () => {
    const runtime = testRuntime();
    const vault = fakeVault(runtime);
    vault.policy('app', { 'database/creds/*': ['read'], 'sys/leases/revoke': ['update'] });
    vault.databaseRole('orders', {});
    const token = vault.token({ policies: ['app'] });
    const secrets = { db: { path: 'database/creds/orders' } };
    const source = vaultSecrets({ address, auth: { method: 'token', token }, secrets, fetch: vault.fetch, runtime });
    await source.start();
    await source.get('db');
    await source.stop();
    expect([vault.liveLeases, vault.liveTokens]).toEqual([[], [token]]);
  });

  it('waits no longer than stopTimeout for a Vault that does not answer', async () => {
    const { vault, source, login, runtime, lines } = await started({ options: { stopTimeout: '2s' } });
    await login();
    vault.weather = 'hanging';
    const stopping = source.stop();
    await runtime.clock.advance(2_000);
    await stopping;
    expect(lines).toEqual([{ level: 'warn', fields: { left: 1 } }]);
    await runtime.clock.advance(48 * hour);
    expect(lines).toHaveLength(1);
  });
});

describe('what a source of Vault shows', () => {
  it('is never a secret: not in errors, logs, health or itself', async () => {
    const { vault, source, login, lines, pass } = await started({ database: { ttlMs: 10 * minute } });
    const secret = await login();
    const [token = ''] = vault.liveTokens;
    const canaries = [token, secret.reveal('password')];
    vault.force({ status: 500, body: { errors: [`could not serve ${token}`] } }, 50);
    const errors: unknown[] = [await source.get('other').catch((error: unknown) => error)];
    await pass(11 * minute);
    errors.push(await source.get('db').catch((error: unknown) => error));
    expect((errors[0] as Error).message).toContain('could not serve [secret]'); // the control: the sentence itself is told on
    const shown = inspect([source, errors, lines, await source.health()], { depth: 20, showHidden: true });
    expect(canaries.filter((canary) => shown.includes(canary))).toEqual([]);
  });

  it('is no option that is wrong', () => {
    const auth = { method: 'token', token: 'canary-4711' } as const;
    // @ts-expect-error a secret id belongs to AppRole
    expect(() => vaultSecrets({ address, auth: { ...auth, secretId: 's' } })).toThrow('vaultSecrets.auth.secretId is not an option');
    // @ts-expect-error a place is a KV key or a path
    expect(() => vaultSecrets({ address, auth, secrets: { db: { kv: 'a', path: 'b' } } })).toThrow('must have either kv or path');
    const wrong: [unknown, string][] = [
      [{ address: 'http://vault.internal:8200', auth }, 'vaultSecrets.address must be https'],
      [{ address: 'https://me:canary-4711@vault', auth }, 'vaultSecrets.address must not hold a user name'],
      [{ address: 'https://vault/v1', auth }, 'vaultSecrets.address must be scheme, host and port alone'],
      [{ address, auth: { method: 'token', token: 4711 } }, 'vaultSecrets.auth.token must be a non-empty string'],
      [{ address, auth: { method: 'ldap' } }, 'vaultSecrets.auth.method must be'],
      [{ address, auth, secrets: { db: { path: '../sys/seal' } } }, "vaultSecrets.secrets['db'] must be segments"],
      [{ address, auth, secrets: { db: {} } }, "vaultSecrets.secrets['db'] must have either kv or path"],
      [{ address, auth, refreshInterval: 5 }, 'vaultSecrets.refreshInterval must be a duration'],
    ];
    for (const [options, message] of wrong) {
      const attempt = (): unknown => vaultSecrets(options as VaultSecretsOptions);
      expect(attempt).toThrow(message);
      expect(attempt).not.toThrow('canary');
    }
  });
});
