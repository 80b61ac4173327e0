import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MassLoss } from './mass-loss.ts';

const limits = { share: 0.3, windowMs: 1_000, minEndpoints: 4 };

describe('a mass loss', () => {
  it.each([
    { of: 10, lost: 1, is: 'some' },
    { of: 10, lost: 2, is: 'some' },
    { of: 10, lost: 3, is: 'mass' },
    { of: 100, lost: 10, is: 'some' },
    { of: 100, lost: 50, is: 'mass' },
    { of: 4, lost: 1, is: 'some' },
    { of: 4, lost: 4, is: 'mass' },
    { of: 3, lost: 3, is: 'small' },
    { of: 1, lost: 1, is: 'small' },
  ])('of $lost of $of is $is', ({ of, lost, is }) => {
    const loss = new MassLoss(limits);
    for (let index = 0; index < lost; index++) loss.lost(`i${index}`, 0);
    expect(loss.standing(of - lost, 0)).toBe(is);
  });

  it('counts an instance once, however often it is lost', () => {
    const loss = new MassLoss(limits);
    for (let at = 0; at < 50; at++) loss.lost('flapping', at);
    expect(loss.standing(9, 50)).toBe('some');
  });

  it('does not count who is back', () => {
    const loss = new MassLoss(limits);
    for (const instanceId of ['a', 'b', 'c']) loss.lost(instanceId, 0);
    expect(loss.standing(7, 0)).toBe('mass');
    loss.back('b');
    expect(loss.standing(8, 0)).toBe('some');
  });

  it('counts what was lost within the window, as a plain reading of it does', () => {
    const step = fc.record({ instance: fc.integer({ min: 0, max: 9 }), afterMs: fc.integer({ min: 0, max: 600 }), back: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.integer({ min: 0, max: 12 }), (steps, left) => {
        const loss = new MassLoss(limits);
        const lostAt = new Map<number, number>();
        let now = 0;
        for (const { instance, afterMs, back } of steps) {
          now += afterMs;
          if (back) {
            loss.back(`i${instance}`);
            lostAt.delete(instance);
          } else {
            loss.lost(`i${instance}`, now);
            lostAt.set(instance, now);
          }
          const lost = [...lostAt.values()].filter((at) => at > now - limits.windowMs).length;
          const expected = lost + left < limits.minEndpoints ? 'small' : lost >= limits.share * (lost + left) ? 'mass' : 'some';
          expect(loss.standing(left, now)).toBe(expected);
        }
      }),
    );
  });
});
