import { afterEach, describe, expect, it } from 'vitest';
import { type FakeVault, fakeVault } from './fake-vault.ts';
import { type TestRuntime, testRuntime } from './test-runtime.ts';

const hour = 3_600_000;
let vault: FakeVault;
let runtime: TestRuntime;

afterEach(() => vault.close());

/** Asks as anybody would, over HTTP. */
async function asker() {
  runtime = testRuntime();
  vault = fakeVault(runtime);
  const url = await vault.listen();
  return async (method: string, path: string, token?: string, body?: object) => {
    const headers = { ...(token !== undefined && { 'x-vault-token': token }) };
    const response = await fetch(`${url}/v1/${path}`, { method, headers, redirect: 'manual', ...(body && { body: JSON.stringify(body) }) });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
  };
}

describe('the fake Vault answers as documented', () => {
  it('to a login by AppRole, with a secret id that is used up', async () => {
    const ask = await asker();
    const role = vault.appRole({ policies: ['app'], ttlMs: 1_200_000 });
    const body = { role_id: role.roleId, secret_id: role.secretId(1) };
    const { status, body: answer } = await ask('POST', 'auth/approle/login', undefined, body);
    expect(status).toBe(200);
    expect(answer).toMatchObject({
      lease_id: '',
      renewable: false,
      lease_duration: 0,
      data: null,
      wrap_info: null,
      warnings: null,
      auth: {
        client_token: expect.stringMatching(/^hvs\./),
        policies: ['default', 'app'],
        token_policies: ['default', 'app'],
        lease_duration: 1_200,
        renewable: true,
        token_type: 'service',
        num_uses: 0,
      },
    });
    expect(await ask('POST', 'auth/approle/login', undefined, body)).toMatchObject({
      status: 400,
      body: { errors: ['invalid role or secret ID'] },
    });
  });

  it('to a login by Kubernetes', async () => {
    const ask = await asker();
    vault.kubernetesRole('orders', {}, ['jwt']);
    const login = (role: string, jwt: string) => ask('POST', 'auth/kubernetes/login', undefined, { role, jwt });
    expect(await login('orders', 'jwt')).toMatchObject({ status: 200, body: { auth: { renewable: true } } });
    expect(await login('orders', 'other')).toMatchObject({ status: 403, body: { errors: ['permission denied'] } });
    expect(await login('nobody', 'jwt')).toMatchObject({ status: 400, body: { errors: ['invalid role name "nobody"'] } });
  });

  it('to a token about itself, through renewal to its greatest time and to its end', async () => {
    const ask = await asker();
    const token = vault.token({ ttlMs: hour, maxTtlMs: 1.5 * hour });
    expect((await ask('GET', 'auth/token/lookup-self', token)).body.data).toMatchObject({
      ttl: 3_600,
      renewable: true,
      type: 'service',
      id: token,
    });
    await runtime.clock.advance(0.75 * hour);
    const renewed = await ask('POST', 'auth/token/renew-self', token, { increment: '3600s' });
    expect([renewed.body.auth.lease_duration, renewed.body.warnings]).toEqual([2_700, [expect.stringContaining('capped')]]);
    await runtime.clock.advance(0.75 * hour);
    expect(await ask('GET', 'auth/token/lookup-self', token)).toMatchObject({
      status: 403,
      body: { errors: [expect.stringContaining('permission denied')] },
    });
    const batch = vault.token({ renewable: false });
    expect(await ask('POST', 'auth/token/renew-self', batch)).toMatchObject({ status: 400, body: { errors: ['lease is not renewable'] } });
  });

  it('to a token that is good for a number of requests', async () => {
    const ask = await asker();
    const token = vault.token({ numUses: 2 });
    const statuses = [];
    for (let request = 0; request < 3; request++) statuses.push((await ask('GET', 'auth/token/lookup-self', token)).status);
    expect(statuses).toEqual([200, 200, 403]);
  });

  it('to reads of KV 2: by version, absent, and deleted', async () => {
    const ask = await asker();
    vault.put('secret/app/db', { password: 'one' });
    vault.put('secret/app/db', { password: 'two' });
    const read = (query = '') => ask('GET', `secret/data/app/db${query}`, vault.rootToken);
    expect((await read()).body).toMatchObject({
      lease_id: '',
      lease_duration: 0,
      data: { data: { password: 'two' }, metadata: { version: 2, deletion_time: '', destroyed: false, created_time: expect.any(String) } },
    });
    expect((await read('?version=1')).body.data.data).toEqual({ password: 'one' });
    vault.delete('secret/app/db');
    expect(await read()).toMatchObject({ status: 404, body: { data: { data: null, metadata: { version: 2 } } } });
    expect(await ask('GET', 'secret/data/none', vault.rootToken)).toMatchObject({ status: 404, body: { errors: [] } });
  });

  it('to reads of KV 1, with advice on when to come back', async () => {
    const ask = await asker();
    vault.put('kv/app', { password: 'one' });
    vault.put('kv/short', { password: 'one', ttl: '30s' });
    const read = async (key: string) => (await ask('GET', `kv/${key}`, vault.rootToken)).body;
    expect(await read('app')).toMatchObject({ lease_id: '', lease_duration: 2_764_800, renewable: false, data: { password: 'one' } });
    expect((await read('short')).lease_duration).toBe(30);
  });

  it('to database credentials: a lease that is renewed, cut at its greatest time, revoked and gone', async () => {
    const ask = await asker();
    vault.databaseRole('orders', { ttlMs: hour, maxTtlMs: 1.5 * hour });
    const { body: lease } = await ask('GET', 'database/creds/orders', vault.rootToken);
    expect(lease).toMatchObject({ lease_id: expect.stringMatching(/^database\/creds\/orders\//), lease_duration: 3_600, renewable: true });
    const { username, password } = lease.data;
    expect([vault.accepts(username, password), vault.accepts(username, 'other')]).toEqual([true, false]);
    await runtime.clock.advance(0.75 * hour);
    const renew = () => ask('PUT', 'sys/leases/renew', vault.rootToken, { lease_id: lease.lease_id, increment: 3_600 });
    expect((await renew()).body).toMatchObject({ lease_id: lease.lease_id, lease_duration: 2_700, renewable: true });
    expect(await ask('PUT', 'sys/leases/revoke', vault.rootToken, { lease_id: lease.lease_id })).toMatchObject({
      status: 204,
      body: undefined,
    });
    expect(vault.accepts(username, password)).toBe(false);
    expect(await renew()).toMatchObject({ status: 400, body: { errors: ['lease not found'] } });
    expect(await ask('GET', 'database/creds/none', vault.rootToken)).toMatchObject({
      status: 400,
      body: { errors: ['unknown role: none'] },
    });
    vault.databaseRole('fixed', { renewable: false });
    const fixed = (await ask('GET', 'database/creds/fixed', vault.rootToken)).body.lease_id;
    expect(await ask('PUT', 'sys/leases/renew', vault.rootToken, { lease_id: fixed })).toMatchObject({
      body: { errors: ['lease is not renewable'] },
    });
  });

  it('with leases that end with their token, whatever was said of their time', async () => {
    const ask = await asker();
    vault.policy('app', { 'database/creds/*': ['read'] });
    vault.databaseRole('orders', { ttlMs: hour });
    const token = vault.token({ policies: ['app'], ttlMs: 600_000 });
    const { body: lease } = await ask('GET', 'database/creds/orders', token);
    expect(lease.lease_duration).toBe(3_600);
    await runtime.clock.advance(600_000 - 1);
    expect(vault.accepts(lease.data.username, lease.data.password)).toBe(true);
    await runtime.clock.advance(1);
    expect([vault.accepts(lease.data.username, lease.data.password), vault.liveLeases]).toEqual([false, []]);
  });

  it('by policies: what is not allowed is denied, and the default policy lets nobody revoke a lease', async () => {
    const ask = await asker();
    vault.policy('app', { 'secret/data/app/*': ['read'], 'secret/data/app/root': ['deny'] });
    const token = vault.token({ policies: ['app'] });
    vault.put('secret/app/db', { a: 1 });
    const statuses = [];
    for (const path of ['secret/data/app/db', 'secret/data/app/root', 'secret/data/other'])
      statuses.push((await ask('GET', path, token)).status);
    expect(statuses).toEqual([200, 403, 403]);
    expect(await ask('PUT', 'sys/leases/revoke', token, { lease_id: 'x' })).toMatchObject({
      status: 403,
      body: { errors: ['1 error occurred:\n\t* permission denied\n\n'] },
    });
    expect((await ask('GET', 'secret/data/app/db')).status).toBe(403);
  });

  it('when it is sealed, a standby, or too busy', async () => {
    const ask = await asker();
    expect(await ask('GET', 'sys/health')).toMatchObject({ status: 200, body: { initialized: true, sealed: false, standby: false } });
    vault.seal();
    expect(await ask('GET', 'sys/health')).toMatchObject({ status: 503, body: { sealed: true } });
    expect(await ask('GET', 'secret/data/app', vault.rootToken)).toMatchObject({ status: 503, body: { errors: ['Vault is sealed'] } });
    vault.unseal();
    vault.standby('https://active.example:8200');
    expect(await ask('GET', 'sys/health')).toMatchObject({ status: 429, body: { standby: true } });
    const redirected = await ask('GET', 'secret/data/app', vault.rootToken);
    expect([redirected.status, redirected.headers.get('location')]).toEqual([307, 'https://active.example:8200/v1/secret/data/app']);
    vault.standby(undefined);
    vault.weather = 'busy';
    expect(await ask('GET', 'secret/data/app', vault.rootToken)).toMatchObject({
      status: 429,
      body: { errors: ['request path "secret/data/app": rate limit quota exceeded'] },
    });
    vault.weather = 'fair';
    vault.force({ status: 500, body: { errors: ['internal error'] } });
    expect((await ask('GET', 'secret/data/app', vault.rootToken)).status).toBe(500);
    expect((await ask('GET', 'secret/data/app', vault.rootToken)).status).toBe(404);
  });
});
