import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../runtime/logger.ts';
import { defaultRuntime } from '../../runtime/runtime.ts';
import { eventually, fakeVault } from '../../testing/index.ts';
import { type VaultSecretsOptions, vaultSecrets } from '../index.ts';

const runtime = { ...defaultRuntime, logger: silentLogger };
const open: { close(): unknown }[] = [];
afterEach(() => Promise.all(open.splice(0).map((each) => each.close())));

async function vaultServer() {
  const vault = fakeVault(runtime);
  open.push(vault);
  return { vault, address: await vault.listen() };
}

async function serve(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener);
  open.push({ close: () => server.closeAllConnections() ?? server.close() });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function source(options: Omit<VaultSecretsOptions, 'runtime'>) {
  const secrets = vaultSecrets({ ...options, runtime });
  open.push({ close: () => secrets.stop() });
  await secrets.start();
  return secrets;
}

describe('over real HTTP', () => {
  it('reads, renews and gives back with the global fetch', async () => {
    const { vault, address } = await vaultServer();
    vault.policy('app', { 'database/creds/*': ['read'], 'secret/data/*': ['read'] });
    vault.databaseRole('orders', { ttlMs: 1_000 });
    vault.put('secret/app/path', { key: 'vålue' });
    const role = vault.appRole({ policies: ['app'] });
    const auth = { method: 'appRole', roleId: role.roleId, secretId: role.secretId() } as const;
    const secrets = await source({ address, auth, namespace: 'team/orders', secrets: { db: { path: 'database/creds/orders' } } });
    expect((await secrets.get('app/path'))?.reveal('key')).toBe('vålue');
    expect(vault.requests.map(({ namespace }) => namespace)).toEqual(['team/orders', 'team/orders']);
    const db = await secrets.get('db');
    await eventually('a renewal', () => vault.count('sys/leases/renew') > 0);
    expect(vault.accepts(db?.reveal('username') ?? '', db?.reveal('password') ?? '')).toBe(true);
    await secrets.stop();
    expect([vault.liveTokens, vault.liveLeases]).toEqual([[], []]);
  });

  it('follows a standby to the active node, once', async () => {
    const [active, standby] = [await vaultServer(), await vaultServer()];
    active.vault.put('secret/app', { key: 'value' });
    standby.vault.standby(active.address);
    const secrets = await source({ address: standby.address, auth: { method: 'token', token: active.vault.rootToken } });
    expect((await secrets.get('app'))?.reveal('key')).toBe('value');
    active.vault.standby(standby.address);
    await expect(secrets.get('other')).rejects.toMatchObject({
      code: 'SECRET_UNAVAILABLE',
      message: expect.stringContaining('answered 307'),
    });
  });

  it.each([
    ['is no JSON', '<h1>Welcome</h1>', 'its answer is not what Vault sends'],
    ['is something else', '{"data":[1]}', 'its answer is not what Vault sends'],
    ['never ends', 'x'.repeat(70_000), 'its answer is larger than 65536 bytes'],
  ])('takes no answer that %s', async (_what, body, problem) => {
    const address = await serve((_request, response) => void response.end(body));
    const auth = { method: 'appRole', roleId: 'r', secretId: 's' } as const;
    const secrets = vaultSecrets({ address, auth, maxResponseBytes: 65_536, runtime });
    await expect(secrets.start()).rejects.toMatchObject({ code: 'SECRET_UNAVAILABLE', details: { problem } });
  });

  it('gives up a request that is not answered in time, and says when nobody listens', async () => {
    const address = await serve(() => {});
    const auth = { method: 'token', token: 'canary-4711' } as const;
    const silent = vaultSecrets({ address, auth, requestTimeout: '50ms', runtime });
    await expect(silent.start()).rejects.toMatchObject({ code: 'SECRET_UNAVAILABLE', details: { problem: 'no answer within 50 ms' } });
    const nobody = vaultSecrets({ address: 'http://127.0.0.1:1', auth, runtime });
    const away = await nobody.start().catch((error: unknown) => error);
    expect(away).toMatchObject({ code: 'SECRET_UNAVAILABLE', details: { problem: expect.stringMatching(/^no connection \(/) } });
    expect(JSON.stringify(away)).not.toContain('canary');
  });

  it('never takes a token from https to plain http', async () => {
    const sent: string[] = [];
    const auth = { method: 'token', token: 'canary-4711' } as const;
    const secrets = vaultSecrets({
      address: 'https://vault.example:8200',
      auth,
      runtime,
      fetch: async (url) => {
        sent.push(url);
        return { status: 307, headers: new Headers({ location: 'http://evil.example/' }), body: null };
      },
    });
    await expect(secrets.start()).rejects.toMatchObject({ details: { problem: 'it redirects from https to plain http' } });
    expect(sent).toEqual(['https://vault.example:8200/v1/auth/token/lookup-self']);
  });
});
