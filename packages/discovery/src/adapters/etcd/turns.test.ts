import { describe, expect, it } from 'vitest';
import { Turns } from './turns.ts';

describe('turns', () => {
  it('run one after the other where they share a key, whatever becomes of those before, and side by side where not', async () => {
    const turns = new Turns();
    const told: string[] = [];
    const first = Promise.withResolvers<void>();
    const work = (name: string, until?: Promise<void>) => async (): Promise<string> => {
      told.push(`${name} begins`);
      await until;
      told.push(`${name} ends`);
      return name;
    };
    const all = [
      turns.take(['a', 'b'], work('first', first.promise)),
      turns.take(['b', 'c'], work('second')),
      turns.take(['c'], work('third')),
      turns.take(['d'], work('beside')),
    ];
    expect(await all[3]).toBe('beside');
    expect(told).toEqual(['first begins', 'beside begins', 'beside ends']);
    first.reject(new Error('the first failed'));
    await expect(all[0]).rejects.toThrowError('the first failed');
    await turns.settled();
    expect(await Promise.all(all.slice(1))).toEqual(['second', 'third', 'beside']);
    expect(told.slice(3)).toEqual(['second begins', 'second ends', 'third begins', 'third ends']);
  });
});
