import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Place, Roster } from './roster.ts';

it('holds whoever has entered and not left, as a list of places does', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 20 }), { maxLength: 200 }), (steps) => {
      const roster = new Roster<number>();
      const places: (Place<number> | undefined)[] = [];
      const inside = new Set<number>();
      for (const [item, step] of steps.entries()) {
        if (step % 2 === 0) {
          places[item] = roster.enter(item);
          inside.add(item);
        } else {
          const left = step % (item + 1); // one that may be in, may have left, or never was
          const place = places[left];
          if (place) roster.leave(place);
          inside.delete(left);
        }
        expect(roster.size).toBe(inside.size);
        expect(roster.items.toSorted((a, b) => a - b)).toEqual([...inside].toSorted((a, b) => a - b));
      }
    }),
  );
});

it('takes the same one twice, and lets go of those who left', () => {
  const roster = new Roster<string>();
  const first = roster.enter('a');
  roster.enter('a');
  roster.leave(first);
  roster.leave(first);
  expect(roster.items).toEqual(['a']);
});
