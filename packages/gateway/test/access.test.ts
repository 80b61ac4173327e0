import { memoryRateLimiter, staticTenants } from '@tutti/core';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { type Authenticator, type GatewayOptions, jwt, type RouteRule } from '../src/index.ts';
import { httpServer, type Stage, stage } from './set-up.ts';

/** Credentials that say in plain words who has them, so that the tests are about what follows from that. */
const plain: Authenticator = {
  name: 'plain',
  challenge: 'Bearer realm="api"',
  recall: () => undefined,
  async authenticate(headers) {
    const said = headers.single('authorization');
    return said === undefined ? undefined : { roles: [], ...JSON.parse(said.slice('Bearer '.length)) };
  },
};

async function open(options: Partial<GatewayOptions>, ...routes: readonly Omit<RouteRule, 'methods' | 'serviceName'>[]): Promise<Stage> {
  const staged = stage({ authenticators: [plain], ...options });
  staged.upstreams.add('s', await httpServer((_request, response) => response.end('let in')));
  for (const route of routes) staged.gateway.addRoute({ methods: ['GET'], serviceName: 's', ...route });
  return staged;
}

const asked = async ({ gateway }: Stage, path: string, who?: object, headers: Record<string, string> = {}) => {
  const authorization = who && `Bearer ${JSON.stringify({ principal: 'ann', ...who })}`;
  const answer = await gateway.handleRequest({ method: 'GET', path, headers: { ...headers, authorization } });
  return { status: answer.status, challenge: answer.headers['www-authenticate'], body: Buffer.from(answer.body).toString() };
};

describe('a route', () => {
  it('without a rule that is not public lets nobody in, and the service is never asked (S4)', async () => {
    const staged = await open({}, { path: '/forgotten' }, { path: '/open', public: true });
    for (const who of [undefined, {}, { roles: ['admin'] }])
      expect(await asked(staged, '/forgotten', who)).toMatchObject({ status: 403, challenge: undefined });
    expect(staged.upstreams.leased).toHaveLength(0);
    expect(staged.logged).toMatchObject([{ level: 'warn', fields: { path: '/forgotten' } }]);
    expect(await asked(staged, '/open')).toMatchObject({ status: 200, body: 'let in' });
  });

  it('answers 401 to who is not known, and 403 to who is known and may not', async () => {
    const staged = await open(
      { rolePermissions: { editor: ['docs:write'] } },
      { path: '/any', authorize: 'authenticated' },
      { path: '/write', authorize: { permissions: ['docs:write'] } },
    );
    expect(await asked(staged, '/any')).toMatchObject({ status: 401, challenge: 'Bearer realm="api"' });
    expect(await asked(staged, '/any', {})).toMatchObject({ status: 200 });
    expect(await asked(staged, '/write', { roles: ['viewer'] })).toMatchObject({ status: 403, challenge: undefined });
    expect(await asked(staged, '/write', { roles: ['editor'] })).toMatchObject({ status: 200 });
  });

  it('tells who has too narrow credentials which would do (RFC 6750, section 3.1)', async () => {
    const staged = await open({}, { path: '/', authorize: { scopes: ['docs', 'mail'] } });
    expect(await asked(staged, '/', { scopes: ['docs'] })).toMatchObject({
      status: 403,
      challenge: 'Bearer realm="api", error="insufficient_scope", scope="docs mail"',
    });
    expect(await asked(staged, '/', { scopes: ['mail', 'docs'] })).toMatchObject({ status: 200 });
  });

  it('of a tenant lets in those of the tenant whose host is asked', async () => {
    const tenants = staticTenants([
      { id: 'acme', name: 'Acme', hosts: ['acme.example'] },
      { id: 'evil', name: 'Evil', hosts: ['evil.example'] },
    ]);
    const staged = await open({ tenants }, { path: '/', authorize: { tenant: 'match' } });
    const of = async (tenant: string | undefined, host: string) => (await asked(staged, '/', { tenant }, { host })).status;
    expect([await of('acme', 'acme.example'), await of('acme', 'ACME.example.:8443'), await of('acme', 'evil.example')]).toEqual([
      200, 200, 403,
    ]);
    expect([await of('acme', 'other.example'), await of(undefined, 'other.example'), await of(undefined, 'acme.example')]).toEqual([
      403, 403, 403,
    ]);
  });

  it('is decided by policies in the end, which say true or nothing', async () => {
    const answers: Record<string, unknown> = { yes: true, no: false, truthy: 1, later: Promise.resolve(true) };
    const policies = {
      told: ({ request }: { request: { headers: { single(name: string): string | undefined } } }) =>
        answers[request.headers.single('x-answer') ?? ''] as boolean,
      broken: () => {
        throw new Error('the directory at 10.0.0.7 is away');
      },
    };
    const staged = await open(
      { policies },
      { path: '/told', authorize: { policies: ['told'] } },
      { path: '/broken', authorize: { policies: ['broken'] } },
    );
    const say = async (answer: string) => (await asked(staged, '/told', {}, { 'x-answer': answer })).status;
    expect([await say('yes'), await say('later'), await say('no'), await say('truthy'), await say('silence')]).toEqual([
      200, 200, 403, 403, 403,
    ]);
    const broken = await asked(staged, '/broken', {});
    expect(broken.status).toBe(500);
    expect(broken.body).not.toContain('10.0.0.7');
  });

  it('is asked who it is, what they may and how often, in this order and before time begins to run', async () => {
    const limits = [
      { name: 'mine', tokens: 1, refillRate: 1 },
      { name: 'prefix', by: 'address', tokens: 1, refillRate: 1 },
    ] as const;
    const options = { identity: { key: Buffer.alloc(32) }, rateLimiter: memoryRateLimiter() };
    const staged = await open(options, { path: '/', authorize: 'authenticated', rateLimit: limits }, { path: '/open', public: true });
    const [routes] = staged.gateway.resources();
    const orders = (await routes?.list({ limit: 9 }))?.items.map(({ order }) => order as readonly string[]);
    const access = ['address limit', 'authentication', 'authorization', 'identity', 'rate limit'];
    expect(orders?.map((order) => order.filter((name) => access.includes(name)))).toEqual([access, []]);
    expect(orders?.[0]?.indexOf('rate limit')).toBeLessThan(orders?.[0]?.indexOf('timeout') ?? -1);
  });

  it('looks at no more credentials from a prefix that has sent too many bad ones, but knows again whom it knew (S9)', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    const issuer = 'https://id.example';
    const sign = (sub: string): Promise<string> =>
      new SignJWT({ sub }).setProtectedHeader({ alg: 'ES256' }).setIssuer(issuer).setExpirationTime('1m').sign(privateKey);
    const [known, other] = [await sign('ann'), await sign('bob')];
    const authenticators = [jwt({ issuer, jwks: { keys: [await exportJWK(publicKey)] } })];
    const staged = await open(
      { authenticators, limiting: { failedLogins: { tokens: 100, refillRate: 0.001 } } },
      { path: '/', authorize: 'authenticated' },
    );
    const login = async (token: string | undefined, clientAddress = '2001:db8::1') => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      return staged.gateway.handleRequest({ method: 'GET', path: '/', headers, clientAddress });
    };
    expect((await login(known)).status).toBe(200);
    for (let each = 0; each < 200; each++) expect((await login(undefined)).status).toBe(401); // none are no bad ones
    for (let each = 0; each < 100; each++) expect((await login(`${known.slice(0, -4)}AAAA`, `2001:db8::${each}`)).status).toBe(401);
    expect(await login(`${known.slice(0, -4)}AAAA`)).toMatchObject({
      status: 429,
      headers: { 'retry-after': expect.stringMatching(/^\d+$/) },
    });
    expect([(await login(other)).status, (await login(other, '192.0.2.1')).status, (await login(known)).status]).toEqual([429, 200, 200]);
  });

  it.each<[Omit<RouteRule, 'path' | 'methods' | 'serviceName'>, string]>([
    [{ public: true, authorize: 'authenticated' }, 'route.authorize'],
    [{ public: true, roles: ['admin'] }, 'route.roles'],
    [{ authorize: 'authenticated', roles: ['admin'] }, 'route.roles'],
    [{ roles: [] }, 'route.roles'],
    [{ authorize: {} }, 'route.authorize'],
    [{ authorize: { tenant: 'match' } }, 'route.authorize.tenant'],
    [{ authorize: { permissions: ['docs:read', 'docs:fly'] } }, 'route.authorize.permissions[1]'],
    [{ authorize: { policies: ['unknown'] } }, 'route.authorize.policies[0]'],
    [{ public: true, rateLimit: { tokens: 1, refillRate: 1 } }, 'route.rateLimit'],
  ])('is refused with %j', (part, path) => {
    const { gateway } = stage({ authenticators: [plain], rolePermissions: { viewer: ['docs:read'] } });
    expect(() => gateway.addRoute({ path: '/', methods: ['GET'], serviceName: 's', ...part })).toThrowError(
      expect.objectContaining({ code: 'INVALID_OPTIONS', details: expect.objectContaining({ path }) }),
    );
  });

  it.each<[Partial<GatewayOptions>, string]>([
    [{ rolePermissions: { viewer: 'read' } as never }, "gateway.rolePermissions['viewer']"],
    [{ policies: { x: true } as never }, "gateway.policies['x']"],
    [{ identity: { key: Buffer.alloc(31) } }, 'gateway.identity.key'],
    [{ identity: { key: { kty: 'OKP', crv: 'Ed25519', x: 'AA' } } }, 'gateway.identity.key'],
    [{ identity: { key: Buffer.alloc(32), lifetime: '0s' } }, 'gateway.identity.lifetime'],
    [{ limiting: { everywhere: { tokens: 1, refillRate: 1 } } }, 'gateway.limiting.everywhere'],
    [{ limiting: { prefixBits: { ipv6: 65 } } }, 'gateway.limiting.prefixBits.ipv6'],
    [{ limiting: { failedLogins: { tokens: 0, refillRate: 1 } } }, 'gateway.limiting.failedLogins.tokens'],
    [{ limiting: { onUnavailable: 'hope' as never } }, 'gateway.limiting.onUnavailable'],
  ])('is not served by a gateway with %j', (part, path) => {
    expect(() => stage(part)).toThrowError(
      expect.objectContaining({ code: 'INVALID_OPTIONS', details: expect.objectContaining({ path }) }),
    );
  });
});
