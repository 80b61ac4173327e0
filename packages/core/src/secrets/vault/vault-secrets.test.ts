import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hour, minute, started } from '../../../test/secrets/started-vault.ts';
import type { Secret } from '../../ports/secret.ts';
import type { FakeVault } from '../../testing/index.ts';

describe('a lease from Vault', () => {
  it('is renewed at two thirds of its time, and keeps its login', async () => {
    const { vault, login, works, pass } = await started({ database: { ttlMs: hour, maxTtlMs: 24 * hour }, token: { ttlMs: 24 * hour } });
    const first = await login();
    await pass(40 * minute - 1);
    expect(vault.count('sys/leases/renew')).toBe(0);
    await pass(1);
    expect(vault.count('sys/leases/renew')).toBe(1);
    await pass(40 * minute);
    expect(vault.count('sys/leases/renew')).toBe(2);
    expect([vault.count('database/creds/orders'), (await login()).equals(first), works(first)]).toEqual([1, true, true]);
  });

  it('is read again at two thirds of its time when it cannot be renewed', async () => {
    const { vault, login, works, pass } = await started({ database: { ttlMs: hour, renewable: false }, token: { ttlMs: 24 * hour } });
    const first = await login();
    await pass(40 * minute - 1);
    expect(vault.count('database/creds/orders')).toBe(1);
    await pass(1);
    expect([vault.count('database/creds/orders'), vault.count('sys/leases/renew')]).toEqual([2, 0]);
    const second = await login();
    expect([second.equals(first), works(first), works(second)]).toEqual([false, true, true]);
  });

  it('is replaced while it still holds when its greatest time comes near', async () => {
    const { vault, login, works, pass } = await started({ database: { ttlMs: hour, maxTtlMs: 90 * minute }, token: { ttlMs: 24 * hour } });
    const first = await login();
    await pass(40 * minute); // renewed: 50 minutes are left of 90, which is not yet cut
    expect(vault.issuedLeases).toBe(1);
    await pass(34 * minute); // renewed again: only 16 are left
    expect(vault.issuedLeases).toBe(2);
    const second = await login();
    expect([second.equals(first), works(first), works(second)]).toEqual([false, true, true]);
  });

  it('is not believed longer than its token: one whose token ends earlier is read again with the next one', async () => {
    const { vault, login, works, pass } = await started({
      token: { ttlMs: 10 * minute, maxTtlMs: 10 * minute, renewable: false },
      database: { ttlMs: hour },
    });
    const first = await login();
    for (let minutes = 0; minutes < 60; minutes++) {
      await pass(minute);
      expect(works(await login()), `after ${minutes + 1} minutes`).toBe(true);
    }
    expect(works(first)).toBe(false); // the control: what the first token had read was dead long before its own hour was over
    expect(vault.count('auth/approle/login')).toBeGreaterThan(5);
  });

  it('that Vault has ended all the same is read again at its next renewal', async () => {
    const { vault, login, works, pass } = await started({ database: { ttlMs: hour }, token: { ttlMs: 24 * hour } });
    await login();
    for (const id of vault.liveLeases) vault.revokeLease(id);
    await pass(40 * minute);
    expect(works(await login())).toBe(true);
  });

  it('holds at every moment of a day, whatever the times of token and lease', async () => {
    for (const [tokenTtl, tokenMax, leaseTtl, leaseMax] of [
      [60, 120, 30, 45],
      [7, 7, 60, 600],
      [45, 2_000, 50, 60],
      [5, 11, 3, 4],
    ] as const) {
      const { login, works, pass, source } = await started({
        token: { ttlMs: tokenTtl * minute, maxTtlMs: tokenMax * minute },
        database: { ttlMs: leaseTtl * minute, maxTtlMs: leaseMax * minute },
      });
      for (let step = 0; step < 320; step++) {
        expect(works(await login()), `${[tokenTtl, tokenMax, leaseTtl, leaseMax]} after ${step * 4.5} minutes`).toBe(true);
        await pass(4.5 * minute);
      }
      await source.stop();
    }
  });
});

describe('a watcher', () => {
  it('hears of another login in time, while the one before still works', async () => {
    const { source, works, pass } = await started({
      token: { ttlMs: 10 * minute, maxTtlMs: 10 * minute, renewable: false },
      database: { ttlMs: 12 * hour },
    });
    const heard: Secret[] = [];
    const overlaps: boolean[] = [];
    source.watch('db', (secret) => {
      const before = heard.at(-1);
      if (before) overlaps.push(works(before));
      heard.push(secret as Secret);
    });
    for (let minutes = 0; minutes < 60; minutes++) await pass(minute);
    expect(heard.length).toBeGreaterThan(5);
    expect(new Set(overlaps)).toEqual(new Set([true]));
    expect(works(heard.at(-1) as Secret)).toBe(true);
  });
});

describe('an answer of 403', () => {
  it('leads to exactly one new login when the token is dead, and what was read with it is read again', async () => {
    const { vault, source, login, works, pass } = await started({ token: { ttlMs: 24 * hour }, database: { ttlMs: hour } });
    vault.put('secret/app', { key: 'value' });
    const first = await login();
    for (const token of vault.liveTokens) vault.revokeToken(token);
    expect(works(first)).toBe(false);
    expect((await source.get('app'))?.reveal('key')).toBe('value');
    expect(vault.count('auth/approle/login')).toBe(2);
    await pass(1_000);
    expect([works(await login()), vault.count('auth/approle/login')]).toEqual([true, 2]);
  });

  it('leads to exactly one new login, and then to SECRET_REFUSED, when a policy is the reason', async () => {
    const { vault, source, pass } = await started();
    await pass(2 * minute);
    await expect(source.get('forbidden')).resolves.toBeUndefined(); // nothing is there, and it may be asked for
    vault.policy('app', {});
    await expect(source.get('forbidden')).rejects.toMatchObject({
      code: 'SECRET_REFUSED',
      retryable: false,
      details: { source: 'Vault', secret: 'forbidden' },
    });
    expect(vault.count('auth/approle/login')).toBe(2);
    const asked = vault.requests.length;
    await expect(source.get('forbidden')).rejects.toMatchObject({ code: 'SECRET_REFUSED' });
    expect(vault.requests.length).toBe(asked); // for a second nobody is asked again
    await pass(2_000);
    await expect(source.get('forbidden')).rejects.toMatchObject({ code: 'SECRET_REFUSED' });
    expect(vault.count('auth/approle/login')).toBe(2); // a token this fresh has the policies of now
  });

  it('leads to one login for any number of secrets at once', async () => {
    const { vault, source } = await started();
    for (const name of ['a', 'b', 'c', 'd']) vault.put(`secret/${name}`, { name });
    for (const token of vault.liveTokens) vault.revokeToken(token);
    const names = await Promise.all(['a', 'b', 'c', 'd'].map(async (name) => (await source.get(name))?.reveal('name')));
    expect([names, vault.count('auth/approle/login')]).toEqual([['a', 'b', 'c', 'd'], 2]);
  });

  it('ends what was a mere copy, and not a lease that still holds', async () => {
    const { vault, source, login, works, pass } = await started({ database: { ttlMs: 6 * hour }, token: { ttlMs: 24 * hour } });
    vault.put('secret/app', { key: 'value' });
    await source.get('app');
    await login();
    vault.policy('app', {});
    await pass(5 * minute);
    await expect(source.get('app')).rejects.toMatchObject({ code: 'SECRET_REFUSED' });
    expect(works(await login())).toBe(true);
  });
});

describe('while Vault is', () => {
  const troubles = {
    sealed: (vault: FakeVault) => vault.seal(),
    away: (vault: FakeVault) => Object.assign(vault, { weather: 'refusing' }),
    silent: (vault: FakeVault) => Object.assign(vault, { weather: 'hanging' }),
    'too busy': (vault: FakeVault) => Object.assign(vault, { weather: 'busy' }),
    'replaced by a page': (vault: FakeVault) => vault.force({ status: 200, body: { html: '<h1>Welcome</h1>' } }, 1_000),
  };
  it.each(Object.entries(troubles))('%s, the last good value is kept until it expires; then the error says so', async (_name, begin) => {
    const { vault, source, login, pass, lines } = await started({ database: { ttlMs: hour }, token: { ttlMs: 24 * hour } });
    const first = await login();
    begin(vault);
    await pass(hour - 1);
    expect((await login()).equals(first)).toBe(true);
    expect(await source.health()).toMatchObject({ status: 'degraded' });
    await pass(6_000);
    const asked = async (name: string): Promise<unknown> => {
      const failure = source.get(name).catch((error: unknown) => error);
      await pass(6_000); // a request that nobody answers ends after five seconds
      return failure;
    };
    expect(await asked('db')).toMatchObject({
      code: 'SECRET_EXPIRED',
      retryable: true,
      details: { secret: 'db' },
      cause: { code: 'SECRET_UNAVAILABLE' },
    });
    expect(await source.health()).toMatchObject({ status: 'unhealthy' });
    expect(lines.every(({ level }) => level === 'warn')).toBe(true);
    expect(await asked('never-read')).toMatchObject({ code: 'SECRET_UNAVAILABLE', retryable: true });
  });

  it('sealed for a while, nothing is lost, and the secret comes back by itself', async () => {
    const { vault, login, works, pass, source } = await started({ database: { ttlMs: hour }, token: { ttlMs: 24 * hour } });
    const heard: string[] = [];
    source.watch('db', (secret) => heard.push(secret?.reveal('username') ?? 'none'));
    await login();
    vault.seal();
    await pass(3 * hour);
    await expect(source.get('db')).rejects.toMatchObject({ code: 'SECRET_EXPIRED' });
    vault.unseal();
    await pass(30_000);
    expect(works(await login())).toBe(true);
    expect([new Set(heard).size, heard.length]).toEqual([2, 2]);
    expect(await source.health()).toMatchObject({ status: 'healthy' });
  });

  it('sealed, it is asked ever more rarely, down to every half minute', async () => {
    const { vault, source, pass } = await started({ token: { ttlMs: 24 * hour } });
    vault.put('secret/app', { key: 'value' });
    await source.get('app');
    vault.seal();
    await pass(5 * minute);
    const before = vault.requests.length;
    await pass(hour);
    expect(vault.requests.length - before).toBeGreaterThan(100);
    expect(vault.requests.length - before).toBeLessThan(130);
  });

  it('away, a copy without a lease is given on for keepLastGood', async () => {
    const { vault, source, pass } = await started({ options: { keepLastGood: '2h' } });
    vault.put('secret/app', { key: 'value' });
    await source.get('app');
    vault.weather = 'refusing';
    await pass(2 * hour - 1);
    expect((await source.get('app'))?.reveal('key')).toBe('value');
    await pass(1);
    await expect(source.get('app')).rejects.toMatchObject({ code: 'SECRET_EXPIRED' });
  });
});

it('whatever is sealed, unsealed and slow when, no login is given that the database would refuse', async () => {
  const times = fc.record({
    tokenTtl: fc.integer({ min: 2, max: 90 }),
    tokenMax: fc.integer({ min: 2, max: 200 }),
    ttl: fc.integer({ min: 1, max: 90 }),
    max: fc.integer({ min: 1, max: 200 }),
  });
  const steps = fc.array(
    fc.record({
      minutes: fc.integer({ min: 2, max: 45 }),
      weather: fc.constantFrom('fair', 'fair', 'sealed', 'refusing', 'busy', 'hanging'),
    }),
    { maxLength: 25 },
  );
  let given = 0;
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(times, steps, async ({ tokenTtl, tokenMax, ttl, max }, hours) => {
      const { vault, source, works, pass } = await started({
        token: { ttlMs: tokenTtl * minute, maxTtlMs: tokenMax * minute },
        database: { ttlMs: ttl * minute, maxTtlMs: max * minute },
      });
      for (const { minutes, weather } of hours) {
        weather === 'sealed' ? vault.seal() : vault.unseal();
        vault.weather = weather === 'sealed' ? 'fair' : weather;
        await pass(minutes * minute);
        const asked = source.get('db').then(
          (secret) => secret !== undefined && works(secret), // at the moment of the answer
          (error: { readonly code: string }) => error,
        );
        await pass(20_000); // no question takes longer, even when nobody answers
        const answer = await asked;
        if (typeof answer === 'boolean') {
          given++;
          expect(answer).toBe(true);
        } else {
          refused++;
          expect(weather, String(answer)).not.toBe('fair');
          expect(['SECRET_EXPIRED', 'SECRET_UNAVAILABLE']).toContain(answer.code);
        }
      }
      vault.weather = 'fair';
      await source.stop();
    }),
    { numRuns: 60 },
  );
  expect(Math.min(given, refused)).toBeGreaterThan(50); // both kinds of answer were seen
});
