import { testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { addressPrefix, prefixBitsDefaults } from './address-prefix.ts';
import { FailedLogins } from './failed-logins.ts';

function setUp(tokens = 100, refillRate = 1) {
  const runtime = testRuntime();
  const logins = new FailedLogins({ tokens, refillRate }, addressPrefix(prefixBitsDefaults), runtime);
  const login = (address: string | undefined, good: boolean): 'looked at' | number => {
    try {
      const attempt = logins.begin(address);
      if (!good) attempt.failed();
      attempt.over();
      return 'looked at';
    } catch (error) {
      expect(error).toMatchObject({ code: 'GATEWAY_RATE_LIMITED' });
      return (error as { details: { retryAfterMs: number } }).details.retryAfterMs;
    }
  };
  return { logins, login, clock: runtime.clock };
}

describe('bad credentials', () => {
  it('are looked at a hundred times from one prefix, and then no more until one is back (S9)', async () => {
    const { login, clock } = setUp();
    for (let each = 0; each < 100; each++) expect(login(`2001:db8::${each}`, false)).toBe('looked at');
    expect(login('2001:db8::ffff', false)).toBe(1_000);
    expect(login('2001:db8::ffff', true)).toBe(1_000); // nobody knows yet that these are good
    expect(login('2001:db8:0:1::1', false)).toBe('looked at');
    await clock.advance(999);
    expect(login('2001:db8::1', false)).toBe(1);
    await clock.advance(1);
    expect([login('2001:db8::1', true), login('2001:db8::1', false), login('2001:db8::1', true)]).toEqual([
      'looked at',
      'looked at',
      1_000,
    ]);
  });

  it('are the only ones that count', () => {
    const { login } = setUp();
    for (let each = 0; each < 1_000; each++) expect(login('192.0.2.1', true)).toBe('looked at');
  });

  it('are not looked at in a crowd either, once one has failed', () => {
    const { logins } = setUp(10);
    logins.begin('192.0.2.1').failed();
    const crowd = Array.from({ length: 9 }, () => logins.begin('192.0.2.1'));
    expect(() => logins.begin('192.0.2.1')).toThrowError(expect.objectContaining({ code: 'GATEWAY_RATE_LIMITED' }));
    for (const attempt of crowd.slice(0, 3)) attempt.over(); // they were good
    expect(() => logins.begin('192.0.2.1').over()).not.toThrow();
  });

  it('share a bucket when nobody knows where they come from', () => {
    const { login } = setUp(1);
    expect([login(undefined, false), login('a unix socket', false)]).toEqual(['looked at', expect.any(Number)]);
  });
});
