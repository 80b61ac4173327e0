import { Call } from '@tutti/core';
import { testRuntime } from '@tutti/core/testing';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { FetchedKeys, type FetchedKeysOptions } from './fetched-keys.ts';
import type { KeySet } from './key-set.ts';

async function makeKey(kid: string): Promise<JWK> {
  return { ...(await exportJWK((await generateKeyPair('ES256', { extractable: true })).publicKey)), kid };
}
const first = await makeKey('first');
const second = await makeKey('second');

const options: FetchedKeysOptions = { issuer: 'https://id.example', algorithms: ['ES256'], maxAgeMs: 600_000, maxStaleMs: 3_600_000 };

function setUp(answers: readonly (KeySet | Error)[]) {
  const runtime = testRuntime();
  const call = Call.root({ runtime });
  let fetches = 0;
  const source = new FetchedKeys(async () => {
    const answer = answers[Math.min(fetches++, answers.length - 1)];
    if (answer instanceof Error || !answer) throw answer;
    return answer;
  }, options);
  const find = (kid: string): Promise<string> =>
    source.find({ alg: 'ES256', kid }, call).then(
      () => 'found',
      (error: { code: string }) => error.code,
    );
  return { source, call, find, clock: runtime.clock, fetches: () => fetches };
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
    for (let each = 0; each < 10_000; each++) expect(await find(`made-up-${each}`)).toBe('ERR_JWKS_NO_MATCHING_KEY');
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
    expect(await find('first')).toBe('found'); // which begins the fetch, and does not wait for it
    expect([await find('first'), await find('second'), fetches()]).toEqual(['ERR_JWKS_NO_MATCHING_KEY', 'found', 3]);
  });

  it('are used no longer than until they are stale, when nobody can say whether they still hold', async () => {
    const { find, clock } = setUp([{ keys: [first] }, new Error('away')]);
    await find('first');
    await clock.advance(3_600_000);
    expect(await find('first')).toBe('found');
    await clock.advance(1);
    expect(await find('first')).toBe('GATEWAY_KEYS_UNAVAILABLE');
  });

  it('are fetched anew before they are too old, without anybody waiting, and a key that was taken back is not accepted any more', async () => {
    const { source, call, find, clock, fetches } = setUp([{ keys: [first, second] }, { keys: [second] }]);
    await find('first');
    const { revision } = source;
    await clock.advance(480_001);
    expect(source.ready(call)).toBe(true);
    expect(fetches()).toBe(2);
    await clock.advance(1);
    expect(await find('first')).toBe('ERR_JWKS_NO_MATCHING_KEY');
    expect(source.revision).toBe(revision + 1);
  });

  it('that were taken back are not accepted longer than their age, also by whoever comes after a long silence', async () => {
    const { source, call, find, clock } = setUp([{ keys: [first, second] }, { keys: [second] }]);
    await find('first');
    await clock.advance(600_001);
    expect(source.ready(call)).toBe(false);
    expect(await find('first')).toBe('ERR_JWKS_NO_MATCHING_KEY');
  });

  it('have the same revision when they were fetched anew and are the same', async () => {
    const { source, find, clock, fetches } = setUp([{ keys: [first] }]);
    await find('first');
    const { revision } = source;
    await clock.advance(600_001);
    await find('first');
    expect([fetches(), source.revision]).toEqual([2, revision]);
  });

  it('are not waited for again and again while the issuer hangs', async () => {
    const runtime = testRuntime();
    const call = Call.root({ runtime });
    let hangs = false;
    const source = new FetchedKeys(() => (hangs ? new Promise(() => {}) : Promise.resolve({ keys: [first] })), options);
    await source.renew(call);
    hangs = true;
    await runtime.clock.advance(600_001);
    const firstWaits = source.renew(call);
    await runtime.clock.advance(10_000);
    await firstWaits;
    for (let waited = 0; waited < 60; waited++) {
      expect(source.ready(call)).toBe(true);
      await runtime.clock.advance(1_000);
    }
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
    const source = new FetchedKeys((signal) => new Promise(() => signal.addEventListener('abort', () => (told = true))), options);
    const waiting = source.find({ alg: 'ES256' }, Call.root({ runtime })).catch((error: { code: string }) => error.code);
    await runtime.clock.advance(10_000);
    expect(await waiting).toBe('GATEWAY_KEYS_UNAVAILABLE');
    expect(told).toBe(true);
  });
});
