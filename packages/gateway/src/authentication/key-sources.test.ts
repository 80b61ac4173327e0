import { Call } from '@tutti/core';
import { testRuntime, withCode } from '@tutti/core/testing';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { fetchedKeys, fixedKeys, type KeySet } from './key-sources.ts';

async function makeKey(kid: string): Promise<JWK> {
  return { ...(await exportJWK((await generateKeyPair('ES256', { extractable: true })).publicKey)), kid };
}
const first = await makeKey('first');
const second = await makeKey('second');

function setUp(answers: readonly (KeySet | Error)[]) {
  const runtime = testRuntime();
  const call = Call.root({ runtime });
  let fetches = 0;
  const source = fetchedKeys(async () => {
    const answer = answers[Math.min(fetches++, answers.length - 1)];
    if (answer instanceof Error || !answer) throw answer;
    return answer;
  }, 'https://id.example');
  const find = (kid: string): Promise<string> =>
    source({ alg: 'ES256', kid }, call).then(
      () => 'found',
      (error: { code: string }) => error.code,
    );
  return { find, clock: runtime.clock, fetches: () => fetches };
}

describe('keys that are fetched', () => {
  it('are fetched once for all who wait for them', async () => {
    const { find, fetches } = setUp([{ keys: [first] }]);
    expect(new Set(await Promise.all(Array.from({ length: 100 }, () => find('first'))))).toEqual(new Set(['found']));
    expect(fetches()).toBe(1);
  });

  it('are fetched again for a key that is new, once for all who ask', async () => {
    const { find, fetches, clock } = setUp([{ keys: [first] }, { keys: [first, second] }]);
    await find('first');
    await clock.advance(30_000);
    expect(await Promise.all([find('second'), find('second'), find('first')])).toEqual(['found', 'found', 'found']);
    expect(fetches()).toBe(2);
  });

  it('are fetched at most every 30 seconds for keys that do not exist', async () => {
    const { find, fetches, clock } = setUp([{ keys: [first] }]);
    for (let each = 0; each < 1_000; each++) expect(await find(`made-up-${each}`)).toBe('ERR_JWKS_NO_MATCHING_KEY');
    expect(fetches()).toBe(1);
    await clock.advance(30_000);
    await find('made-up');
    expect(fetches()).toBe(2);
  });

  it('are used on while the issuer is away, and replaced when it is back', async () => {
    const { find, clock, fetches } = setUp([{ keys: [first] }, new Error('away'), { keys: [second] }]);
    await find('first');
    await clock.advance(600_001);
    expect(await find('first')).toBe('found');
    expect(await find('first')).toBe('found');
    expect(fetches()).toBe(2);
    await clock.advance(5_000);
    expect([await find('first'), await find('second')]).toEqual(['ERR_JWKS_NO_MATCHING_KEY', 'found']);
  });

  it('leave the token unchecked, not refused, while there never were any', async () => {
    const { find, clock, fetches } = setUp([new Error('away'), { keys: [first] }]);
    expect([await find('first'), await find('first')]).toEqual(['GATEWAY_KEYS_UNAVAILABLE', 'GATEWAY_KEYS_UNAVAILABLE']);
    expect(fetches()).toBe(1);
    await clock.advance(5_000);
    expect(await find('first')).toBe('found');
  });

  it('are given up after ten seconds, and the fetch is told', async () => {
    const runtime = testRuntime();
    let told = false;
    const source = fetchedKeys((signal) => new Promise(() => signal.addEventListener('abort', () => (told = true))), 'i');
    const waiting = source({ alg: 'ES256' }, Call.root({ runtime })).catch((error: { code: string }) => error.code);
    await runtime.clock.advance(10_000);
    expect(await waiting).toBe('GATEWAY_KEYS_UNAVAILABLE');
    expect(told).toBe(true);
  });
});

describe('keys that are given', () => {
  it('are a key set', () => {
    expect(() => fixedKeys({ keys: 'none' } as unknown as KeySet, 'jwt.jwks')).toThrowError(expect.toSatisfy(withCode('INVALID_OPTIONS')));
  });

  it('must be told apart by the token when several fit', async () => {
    const find = fixedKeys({ keys: [first, second] }, 'jwt.jwks');
    await expect(find({ alg: 'ES256' }, Call.root())).rejects.toThrow();
    expect(await find({ alg: 'ES256', kid: 'second' }, Call.root())).toBeDefined();
  });
});
