import { describe, expect, it } from 'vitest';
import { VerifiedTokens } from './verified-tokens.ts';

const identity = (principal: string) => ({ identity: { principal, roles: [] }, from: Number.NEGATIVE_INFINITY, until: 1_000 });
const bounds = { maxTokens: 100, maxBytes: 1_048_576 };

describe('tokens that were verified', () => {
  it('are known again until they end, not before they begin, and by the whole of them', () => {
    const tokens = new VerifiedTokens(bounds);
    tokens.add('a.b.c', 0, { ...identity('ann'), from: 500 });
    expect(tokens.get('a.b.c', 0, 500)).toMatchObject({ principal: 'ann' });
    expect(tokens.get('a.b.d', 0, 500)).toBeUndefined();
    expect(tokens.get('a.b.c', 0, 499)).toBeUndefined();
    tokens.add('a.b.c', 0, identity('ann'));
    expect(tokens.get('a.b.c', 0, 999)).toBeDefined();
    expect(tokens.get('a.b.c', 0, 1_000)).toBeUndefined();
    expect(tokens.get('a.b.c', 0, 999)).toBeUndefined(); // an end is an end, whatever the clock does then
  });

  it('are forgotten when the keys change, and those that were verified with earlier keys are not taken', () => {
    const tokens = new VerifiedTokens(bounds);
    tokens.add('old', 0, identity('ann'));
    expect(tokens.get('old', 1, 0)).toBeUndefined();
    expect(tokens.size).toBe(0);
    tokens.add('late', 0, identity('ann'));
    expect(tokens.get('late', 1, 0)).toBeUndefined();
    tokens.add('new', 2, identity('ann'));
    expect(tokens.get('new', 2, 0)).toBeDefined();
  });

  it('are never more than may be, and those in use are the last to go', () => {
    const tokens = new VerifiedTokens(bounds);
    tokens.add('busy', 0, identity('ann'));
    for (let index = 0; index < 10_000; index++) {
      tokens.add(`token-${index}`, 0, identity('eve'));
      expect(tokens.size).toBeLessThanOrEqual(100);
      expect(tokens.get('busy', 0, 0)).toMatchObject({ principal: 'ann' });
    }
  });

  it('never hold more bytes than they may', () => {
    const tokens = new VerifiedTokens({ maxTokens: 1_000_000, maxBytes: 100_000 });
    for (let index = 0; index < 10_000; index++) {
      tokens.add(`${'x'.repeat(1_000)}${index}`, 0, identity('ann'));
      expect(tokens.size * 2_512).toBeLessThanOrEqual(100_000);
    }
    tokens.add('y'.repeat(30_000), 0, identity('ann'));
    expect(tokens.get('y'.repeat(30_000), 0, 0)).toBeUndefined();
  });
});
