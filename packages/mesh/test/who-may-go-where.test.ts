import { describe, expect, it } from 'vitest';
import { endpoint } from './fake-registry.ts';
import { type MeshSetUp, type SetUpOptions, setUp, voice } from './mesh-set-up.ts';

type Given = Partial<Parameters<typeof endpoint>[0]>;

async function house(endpoints: Readonly<Record<string, Given>>, options: SetUpOptions = {}): Promise<MeshSetUp> {
  const made = await setUp({ instances: [], ...options });
  for (const [instanceId, given] of Object.entries(endpoints)) {
    made.registry.put(endpoint({ serviceName: voice, port: 80, instanceId, ...given }));
  }
  await made.mesh.ready(voice);
  return made;
}

const names = (shares: Readonly<Record<string, number>>): string => Object.keys(shares).sort().join(' ');

describe('a subset', () => {
  const endpoints = {
    a1: { version: '1', tags: ['gpu'] },
    b1: { version: '1', tags: ['gpu', 'big'] },
    a2: { version: '2', tags: ['big'] },
    b2: { version: '2' },
    none: {},
  };

  it.each([
    [{}, 'a1 a2 b1 b2 none'],
    [{ version: '1' }, 'a1 b1'],
    [{ version: '2' }, 'a2 b2'],
    [{ tags: ['big'] }, 'a2 b1'],
    [{ tags: ['gpu', 'big'] }, 'b1'],
    [{ version: '2', tags: ['big'] }, 'a2'],
  ])('by version and tags: %j', async (hints, expected) => {
    const { shares } = await house(endpoints);
    expect(names(shares(500, hints))).toBe(expected);
  });

  it('that nobody is in is refused with the reason for each', async () => {
    const { take } = await house(endpoints);
    expect(() => take('success', { version: '3' })).toThrowError('a1 is of another version');
    expect(() => take('success', { version: '2', tags: ['gpu'] })).toThrowError(
      /a1 is of another version, a2 is without a wanted tag, b1 is of another version, b2 is without a wanted tag/,
    );
  });

  it('is not taken for another one, whatever it is called', async () => {
    const { shares, take } = await house({ shared: {}, acme: { tenant: 'acme' }, old: { version: 'x\nacme' } });
    for (const odd of [
      { version: '', tenant: 'acme' },
      { version: 'x\nacme' },
      { tenant: 'acme\nbig' },
      { tenant: 'acme', tags: ['big'] },
      { tenant: '4:acme' },
    ]) {
      try {
        take('success', odd);
      } catch {
        // some of these subsets are empty; what counts is that none of them is remembered as one of the following
      }
    }
    expect(names(shares(100, { tenant: 'acme' }))).toBe('acme old shared');
    expect(names(shares(100, { tenant: 'acme\nbig' }))).toBe('old shared');
    expect(() => take('success', { version: 'x', tenant: 'acme' })).toThrowError('of another version');
  });
});

describe('a tenant', () => {
  it('is served by its own endpoints and by those of nobody, never by those of another', async () => {
    const { shares } = await house({ acme: { tenant: 'acme' }, bolt: { tenant: 'bolt' }, shared: {} });
    expect(names(shares(300, { tenant: 'acme' }))).toBe('acme shared');
    expect(names(shares(300, { tenant: 'bolt' }))).toBe('bolt shared');
    expect(names(shares(300, { tenant: 'ACME' }))).toBe('shared');
    expect(names(shares(300))).toBe('shared');
  });

  it('gets an endpoint of another not even in a panic', async () => {
    const { take } = await house({ acme: { tenant: 'acme' }, shared: { state: 'unhealthy' } });
    for (let each = 0; each < 100; each++) expect(take('success', { tenant: 'bolt' })).toBe('shared');
  });
});

/** So many endpoints in a zone or of a priority, of which the first are ill. */
function group(prefix: string, size: number, ill: number, given: Given): Record<string, Given> {
  return Object.fromEntries(
    Array.from({ length: size }, (_, each) => [
      `${prefix}${each}`,
      { ...given, state: each < ill ? ('unhealthy' as const) : ('ready' as const) },
    ]),
  );
}

/** The share of 20,000 picks that falls on those whose name begins so, in percent. */
function percent({ shares }: MeshSetUp, prefix: string): number {
  const counts = Object.entries(shares(20_000)).filter(([id]) => id.startsWith(prefix));
  return counts.reduce((sum, [, count]) => sum + count, 0) / 200;
}

describe('priority', () => {
  it.each([
    [0, 100],
    [28, 100],
    [29, 99],
    [50, 70],
    [100, 0],
  ])('with %i of 100 ill in the first level, it keeps %i %', async (ill, expected) => {
    const endpoints = { ...group('first', 100, ill, {}), ...group('second', 10, 0, { metadata: { priority: '1' } }) };
    const made = await house(endpoints, { policy: { balance: 'random' } });
    expect(Math.abs(percent(made, 'first') - expected)).toBeLessThanOrEqual(expected % 100 === 0 ? 0 : 1);
    expect(made.explain().panic).toBe(false);
  });

  it('of a value that is none counts as the first', async () => {
    const made = await house({
      a: { metadata: { priority: '-1' } },
      b: { metadata: { priority: 'high' } },
      c: { metadata: { priority: '1' } },
    });
    expect(names(made.shares(300))).toBe('a b');
  });
});

describe('the zone of the mesh', () => {
  const zones = (ill: number) => ({ ...group('here', 10, ill, { zone: 'eu-1' }), ...group('there', 10, 0, { zone: 'eu-2' }) });
  const mesh = { zone: 'eu-1' };

  it('comes first, and is helped out as far as its endpoints are ill', async () => {
    const policy = { balance: 'random' } as const;
    expect(percent(await house(zones(0), { mesh, policy: { ...policy } }), 'here')).toBe(100);
    expect(Math.abs(percent(await house(zones(5), { mesh: { zone: 'eu-1', policy: { defaults: policy } } }), 'here') - 70)).toBeLessThan(1);
    expect(percent(await house(zones(10), { mesh }), 'here')).toBe(0);
  });

  it('makes no difference where the policy does not want it to, or nobody said where the mesh is', async () => {
    expect(Math.abs(percent(await house(zones(0), { mesh, policy: { preferZone: false } }), 'here') - 50)).toBeLessThan(1);
    expect(Math.abs(percent(await house(zones(0)), 'here') - 50)).toBeLessThan(1);
  });

  it('comes second to a priority', async () => {
    const made = await house(
      { near: { zone: 'eu-1', metadata: { priority: '1' } }, far: { zone: 'eu-2' }, farther: { zone: 'eu-2' } },
      { mesh },
    );
    expect(names(made.shares(100))).toBe('far farther');
  });
});
