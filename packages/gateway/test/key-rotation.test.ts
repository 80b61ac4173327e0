import { Call } from '@tutti/core';
import { type TestRuntime, testRuntime } from '@tutti/core/testing';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { RequestHeaders } from '../src/http/request-headers.ts';
import { jwksFrom, jwt } from '../src/index.ts';
import { httpServer } from './set-up.ts';

interface Key {
  readonly jwk: JWK;
  readonly privateKey: CryptoKey;
}

const issuer = 'https://id.example';
const makeKey = async (kid: string): Promise<Key> => {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  return { jwk: { ...(await exportJWK(publicKey)), kid }, privateKey };
};
const [first, second] = [await makeKey('first'), await makeKey('second')];

/** An issuer over HTTP whose keys change, and an authenticator that fetches them, on a clock that stands still. */
async function setUp() {
  const runtime: TestRuntime = testRuntime();
  let keys: readonly Key[] = [first];
  let fetches = 0;
  let isDown = false;
  const port = await httpServer((_request, response) => {
    fetches++;
    if (isDown) return void response.writeHead(500).end();
    // it takes a moment, in which others come
    setTimeout(
      () => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: keys.map(({ jwk }) => jwk) })),
      20,
    );
  });
  const authenticator = jwt({ issuer, jwks: jwksFrom(`http://127.0.0.1:${port}/`), keysMaxAge: '10m', keysMaxStale: '1h' });
  const call = Call.root({ runtime });
  const token = ({ privateKey }: Key, kid: string): Promise<string> =>
    new SignJWT({ sub: 'ann', exp: runtime.clock.epoch() / 1_000 + 86_400 })
      .setProtectedHeader({ alg: 'ES256', kid })
      .setIssuer(issuer)
      .sign(privateKey);
  /** As a gateway does it. */
  const ask = async (jws: string): Promise<string> => {
    const headers = new RequestHeaders(['authorization', `Bearer ${jws}`]);
    try {
      return (authenticator.recall(headers, call) ?? (await authenticator.authenticate(headers, call)))?.principal ?? 'nobody';
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  return {
    ask,
    token,
    clock: runtime.clock,
    fetches: () => fetches,
    rotate: (...to: readonly Key[]) => (keys = to),
    fail: (down: boolean) => (isDown = down),
  };
}

describe('an authenticator that fetches the keys of its issuer (S2)', () => {
  it('accepts a new key after exactly one fetch, shared by a hundred requests at once', async () => {
    const { ask, token, clock, fetches, rotate } = await setUp();
    const [old, young] = [await token(first, 'first'), await token(second, 'second')];
    expect(await ask(old)).toBe('ann');
    rotate(first, second);
    await clock.advance(30_000);
    expect(new Set(await Promise.all(Array.from({ length: 100 }, () => ask(young))))).toEqual(new Set(['ann']));
    expect(fetches()).toBe(2);
    expect(await ask(old)).toBe('ann');
  });

  it('fetches once in thirty seconds, however many made-up key ids come', { timeout: 60_000 }, async () => {
    const { ask, token, clock, fetches } = await setUp();
    const good = await token(first, 'first');
    expect(await ask(good)).toBe('ann');
    const [, claims, signature] = good.split('.');
    const forged = (kid: string): string =>
      `${Buffer.from(JSON.stringify({ alg: 'ES256', kid })).toString('base64url')}.${claims}.${signature}`;
    await clock.advance(30_000);
    for (let batch = 0; batch < 100; batch++) {
      const told = await Promise.all(Array.from({ length: 100 }, (_, index) => ask(forged(`made-up-${batch}-${index}`))));
      expect(new Set(told)).toEqual(new Set(['GATEWAY_UNAUTHENTICATED']));
    }
    expect(fetches()).toBe(2);
    expect(await ask(good)).toBe('ann');
  });

  it('goes on with the keys it has while the issuer is down, until they are stale, and says then that it cannot tell', async () => {
    const { ask, token, clock, fail } = await setUp();
    const good = await token(first, 'first');
    expect(await ask(good)).toBe('ann');
    fail(true);
    for (let minutes = 1; minutes <= 60; minutes++) {
      await clock.advance(60_000);
      expect(await ask(good)).toBe('ann');
    }
    await clock.advance(1);
    expect(await ask(good)).toBe('GATEWAY_KEYS_UNAVAILABLE');
    fail(false);
    await clock.advance(30_000);
    expect(await ask(good)).toBe('ann');
  });

  it('accepts a key that was taken back no longer than the age that keys may have, though its tokens had been good', async () => {
    const { ask, token, clock, rotate } = await setUp();
    const [old, young] = [await token(first, 'first'), await token(second, 'second')];
    expect(await ask(old)).toBe('ann');
    rotate(second);
    await clock.advance(300_000);
    expect(await ask(old)).toBe('ann'); // the control: nobody has told so far
    await clock.advance(300_001);
    expect([await ask(old), await ask(young)]).toEqual(['GATEWAY_UNAUTHENTICATED', 'ann']);
  });
});
