import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Fifo } from './fifo.ts';

it('a fifo gives everything in the order in which it came, also when it has cut off what was taken', () => {
  const rounds = fc.array(fc.tuple(fc.nat({ max: 2_000 }), fc.nat({ max: 2_500 })), { maxLength: 8 });
  fc.assert(
    fc.property(rounds, (steps) => {
      const fifo = new Fifo<number>();
      const taken: (number | undefined)[] = [];
      let next = 0;
      for (const [pushed, shifted] of steps) {
        for (let count = 0; count < pushed; count++) fifo.push(next++);
        for (let count = 0; count < shifted && fifo.size > 0; count++) {
          const first = fifo.peek();
          taken.push(fifo.shift() === first ? first : undefined);
        }
        expect(fifo.size).toBe(next - taken.length);
      }
      expect(taken).toEqual(Array.from({ length: taken.length }, (_, index) => index));
      while (fifo.size > 0) fifo.shift();
      expect([fifo.peek(), fifo.shift()]).toEqual([undefined, undefined]);
    }),
    { numRuns: 20 },
  );
});
