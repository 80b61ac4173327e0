import { describe, expect, it } from 'vitest';
import { failureClass } from './failure.ts';
import { messageOf } from './message-of.ts';
import { TuttiError } from './tutti-error.ts';

const revoked = (): unknown => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const throwingGetter = (name: string): unknown =>
  Object.defineProperty(new Error('x'), name, {
    get: () => {
      throw new Error('from the getter');
    },
  });

describe('what looks at something that was thrown', () => {
  it.each([
    ['a revoked proxy', revoked()],
    ['an object without a prototype', Object.create(null)],
    ['an error whose message throws', throwingGetter('message')],
    ['an error whose code throws', throwingGetter('code')],
    ['a value that cannot be text', { [Symbol.toPrimitive]: () => ({}) }],
  ])('does not throw itself: %s', (_name, thrown) => {
    expect(typeof messageOf(thrown)).toBe('string');
    expect(TuttiError.is(thrown, 'TIMEOUT')).toBe(false);
    expect(failureClass(thrown)).toBe('transient');
  });

  it('says the message of an error, and anything else as text, a message that is no text included', () => {
    const odd = Object.assign(new Error('x'), { message: 7 });
    expect([new Error('plain'), 'text', undefined, odd, Symbol('s')].map(messageOf)).toEqual([
      'plain',
      'text',
      'undefined',
      '7',
      'Symbol(s)',
    ]);
  });
});
