import { defaultRuntime } from '@tutti/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { identityVerifier } from '../src/identity/index.ts';
import type { Authenticator } from '../src/index.ts';
import { httpServer, stage } from './set-up.ts';

const key = Buffer.alloc(32, 'k');
const everybodyIsAnn: Authenticator = {
  name: 'ann',
  challenge: 'Ann',
  recall: () => ({ principal: 'ann', tenant: 'acme', roles: ['member'] }),
  authenticate: async () => undefined,
};

async function setUp() {
  let seen: readonly string[] = [];
  const port = await httpServer((request, response) => {
    seen = request.rawHeaders;
    response.end();
  });
  const { gateway, upstreams } = stage({ authenticators: [everybodyIsAnn], identity: { key } });
  upstreams.add('s', port);
  gateway.addRoute({ path: '/', methods: ['GET'], serviceName: 's', authorize: 'authenticated' });
  gateway.addRoute({ path: '/open', methods: ['GET'], serviceName: 's', public: true });
  return async (path: string, headers: Record<string, string>): Promise<readonly (readonly [string, string])[]> => {
    expect((await gateway.handleRequest({ method: 'GET', path, headers })).status).toBe(200);
    return seen.flatMap((part, index) => (index % 2 === 0 ? [[part, seen[index + 1] ?? ''] as const] : []));
  };
}

const named = (headers: readonly (readonly [string, string])[], name: string): readonly string[] =>
  headers.filter(([other]) => other.toLowerCase() === name).map(([, value]) => value);

it('tells the service who asks under a signature of its own, once, whatever the client sends', async () => {
  const ask = await setUp();
  const verify = identityVerifier({ key, audience: 's', runtime: defaultRuntime });
  const first = named(await ask('/', { 'tutti-identity': 'forged', TUTTI_IDENTITY: 'forged' }), 'tutti-identity');
  expect(first).toHaveLength(1);
  expect(verify(first[0])).toEqual({ principal: 'ann', tenant: 'acme', roles: ['member'], scopes: [] });
  const second = named(await ask('/', {}), 'tutti-identity');
  expect(second).not.toEqual(first);
  expect(() => identityVerifier({ key, audience: 'other' })(second[0])).toThrowError(/another service/);
});

it('says nothing of who asks where nobody was asked', async () => {
  const ask = await setUp();
  expect(named(await ask('/open', { 'tutti-identity': 'forged' }), 'tutti-identity')).toEqual([]);
});

it('passes on no header of a client that some server could read as one of the gateway, however it is written (S8)', {
  timeout: 60_000,
}, async () => {
  const ask = await setUp();
  const names = fc.constantFrom(
    'x-user-id',
    'x-user',
    'x-user-roles',
    'x-tenant-id',
    'x-tenant',
    'tutti-identity',
    'tutti-principal',
    'tutti-tenant',
    'x-forwarded-user',
  );
  /** Every case, and for each `-` whatever a server may turn into `_` on its way to the name of a variable. */
  const spelled = names.chain((name) =>
    fc
      .tuple(
        ...[...name].map((letter) =>
          letter === '-' ? fc.constantFrom('-', '_', '.', '~') : fc.constantFrom(letter, letter.toUpperCase()),
        ),
      )
      .map((letters) => letters.join('')),
  );
  let sent = 0;
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(spelled, { minLength: 1, maxLength: 5 }), fc.constantFrom('/', '/open'), async (spellings, path) => {
      sent += spellings.length;
      const headers = await ask(
        path,
        Object.fromEntries([...spellings.map((name) => [name, 'forged']), ['x-users', 'kept'], ['x_custom', 'kept']]),
      );
      expect(headers.filter(([, value]) => value.includes('forged'))).toEqual([]);
      expect(headers.filter(([, value]) => value === 'kept')).toHaveLength(2); // the control: what is nobody's name passes
    }),
    { numRuns: 400 },
  );
  expect(sent).toBeGreaterThan(400);
});
