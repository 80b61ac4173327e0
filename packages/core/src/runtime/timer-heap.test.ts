import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type HeapTimer, TimerHeap } from './timer-heap.ts';

it('gives timers in order of time and then of arming, without those that were cancelled', () => {
  const plan = fc.array(fc.record({ at: fc.nat(20), cancel: fc.nat(3).map((drawn) => drawn > 0), taken: fc.nat(1) }), { maxLength: 400 });
  fc.assert(
    fc.property(plan, (steps) => {
      const heap = new TimerHeap();
      const model: HeapTimer[] = [];
      for (const [order, { at, cancel, taken }] of steps.entries()) {
        const timer: HeapTimer = { at, order, callback: () => {}, over: false };
        heap.add(timer);
        model.push(timer);
        const victim = model[order % model.length];
        if (cancel && victim) {
          heap.cancel(victim);
          heap.cancel(victim);
          model.splice(model.indexOf(victim), 1);
        }
        model.sort((one, other) => one.at - other.at || one.order - other.order);
        expect(heap.size).toBe(model.length);
        if (taken === 0) continue;
        expect(heap.next()).toBe(model.shift());
        heap.take();
      }
    }),
  );
});
