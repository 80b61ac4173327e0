import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalPath, segmentStripper } from './canonical-path.ts';

const canonicalOrRefused = (target: string): string => {
  try {
    return canonicalPath(target);
  } catch (error) {
    expect(error).toMatchObject({ code: 'GATEWAY_BAD_REQUEST' });
    return 'refused';
  }
};

describe('the canonical path', () => {
  it.each([
    ['/', '/'],
    ['/a/b', '/a/b'],
    ['/a/b/', '/a/b/'],
    ['/a?b=/../%2f//', '/a'],
    ["/~user/x.y,z:@!$&'()*+=", "/~user/x.y,z:@!$&'()*+="],
    ['/%61%2D%7e', '/a-~'],
    ['/a//b///c', '/a/b/c'],
    ['/caf%c3%a9', '/caf%C3%A9'],
    ['/a%20b%3Fc', '/a%20b%3Fc'],
    ['/.hidden/..x/...', '/.hidden/..x/...'],
    ['/100%25', '/100%25'],
  ])('of %s is %s', (target, canonical) => {
    expect(canonicalPath(target)).toBe(canonical);
  });

  it.each([
    '',
    'a',
    '*',
    'http://h/a',
    '//evil.example/a',
    '/a/../b',
    '/a/./b',
    '/..',
    '/a/.',
    '/%2e%2e/b',
    '/a/.%2E/b',
    '/a/%2e',
    '/a/%2e?x',
    '/a%2fb',
    '/a%2Fb',
    '/a%5cb',
    '/a\\b',
    '/a;x=1/b',
    '/a%3bx',
    '/a%00',
    '/a%0ab',
    '/a%7f',
    '/a%252e%252e/b',
    '/a%2541',
    '/a%',
    '/a%4',
    '/a%zz',
    '/a%ff',
    '/a%c3%28',
    '/a b',
    '/a#b',
    '/a?b#c',
    '/a\u00e9',
    '/a?b=\u00e9',
    '/a\n',
  ])('of %j does not exist', (target) => {
    expect(canonicalOrRefused(target)).toBe('refused');
  });

  it('is the same for every spelling, or there is none', () => {
    const segment = fc.stringMatching(/^[a-z0-9._~-]{1,8}$/);
    const encoded = (character: string, upper: boolean): string => {
      const digits = character.charCodeAt(0).toString(16).padStart(2, '0');
      return `%${upper ? digits.toUpperCase() : digits}`;
    };
    const spelled = fc.tuple(
      fc.array(segment, { minLength: 1, maxLength: 5 }),
      fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 50, maxLength: 50 }),
      fc.integer({ min: 1, max: 3 }),
    );
    fc.assert(
      fc.property(spelled, ([segments, choices, slashes]) => {
        const plain = `/${segments.join('/')}`;
        let at = 0;
        const other = [...plain].map((character, index) => {
          const [encode, upper] = choices[at++ % choices.length] as [boolean, boolean];
          if (character === '/') return index === 0 ? '/' : '/'.repeat(slashes);
          return encode ? encoded(character, upper) : character;
        });
        expect(canonicalOrRefused(other.join(''))).toBe(canonicalOrRefused(plain));
      }),
    );
  });

  it('is its own canonical path, and holds nothing that is decoded further', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\/[!-~]{0,30}$/), (target) => {
        const canonical = canonicalOrRefused(target);
        if (canonical === 'refused') return;
        expect(canonicalPath(canonical)).toBe(canonical);
        expect(decodeURIComponent(canonical).split('/')).not.toContain('..');
        expect(decodeURIComponent(canonical).split('/').length).toBe(canonical.split('/').length);
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes time in proportion to the length of the target', () => {
    const begun = performance.now();
    for (const target of [
      `/${'a/'.repeat(50_000)}`,
      `/${'%61'.repeat(50_000)}`,
      '/'.repeat(100_000),
      `/${'.'.repeat(100_000)}/`,
      `/a${'/'.repeat(100_000)}%`,
    ])
      canonicalOrRefused(target);
    expect(performance.now() - begun).toBeLessThan(1_000);
  });
});

describe('stripping segments', () => {
  it.each([
    [2, '/api/v1/x/y?z=1', '/x/y?z=1'],
    [2, '/%61pi//v1//x', '//x'],
    [2, '/api/v1', '/'],
    [2, '/api/v1?a', '/?a'],
    [2, '/api/v1/', '/'],
    [0, '/x', '/x'],
  ])('%d off %s leaves %s', (segments, target, rest) => {
    expect(segmentStripper(segments)(target)).toBe(rest);
  });
});
