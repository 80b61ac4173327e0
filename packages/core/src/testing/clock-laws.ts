import assert from 'node:assert/strict';
import type { Clock } from '../runtime/clock.ts';
import type { Law } from './laws.ts';

export interface ClockSubject {
  readonly clock: Clock;
  /** Lets so much time pass, at least: on a manual clock by moving it, on a real one by waiting. */
  pass(ms: number): Promise<void>;
}

export type ClockCapabilities = Readonly<{
  /** Callbacks come in the order of time. A real clock on a busy machine cannot say so: several are due at once. */
  ordered: boolean;
}>;

/** Far enough apart that a real clock tells them apart. */
const stepMs = 8;

/** What every `Clock` promises. */
export const clockLaws: readonly Law<ClockSubject, ClockCapabilities>[] = [
  {
    id: 'CL-1',
    title: 'calls back once, and never before the delay has passed',
    async run({ clock, pass }) {
      const delays = [0, 0.5, 1, 1.5, stepMs, 2.7 * stepMs];
      const early: number[] = [];
      let calls = 0;
      for (const delay of delays) {
        const armedAt = clock.now();
        clock.after(delay, () => {
          calls++;
          if (clock.now() - armedAt < delay) early.push(delay);
        });
      }
      await pass(6 * stepMs);
      assert.deepEqual([early, calls], [[], delays.length]);
    },
  },
  {
    id: 'CL-2',
    title: 'calls back in the order of time, whatever the order of arming',
    requires: 'ordered',
    async run({ clock, pass }) {
      const seen: number[] = [];
      for (const turn of [3, 1, 4, 2]) clock.after(turn * stepMs, () => seen.push(turn));
      await pass(8 * stepMs);
      assert.deepEqual(seen, [1, 2, 3, 4]);
    },
  },
  {
    id: 'CL-3',
    title: 'never calls back from within the call, not even without a delay or with one that has passed',
    async run({ clock, pass }) {
      let armed = false;
      const seen: boolean[] = [];
      for (const delay of [0, -1]) clock.after(delay, () => seen.push(armed));
      armed = true;
      await pass(2 * stepMs);
      assert.deepEqual(seen, [true, true]);
    },
  },
  {
    id: 'CL-4',
    title: 'never calls back what was cancelled, by another callback included; cancelling twice or too late does nothing',
    async run({ clock, pass }) {
      const seen: string[] = [];
      const never = clock.after(stepMs, () => seen.push('never'));
      const nor = clock.after(3 * stepMs, () => seen.push('nor this'));
      const first = clock.after(2 * stepMs, () => {
        seen.push('first');
        nor.cancel();
      });
      never.cancel();
      never.cancel();
      await pass(6 * stepMs);
      first.cancel();
      assert.deepEqual(seen, ['first']);
    },
  },
  {
    id: 'CL-5',
    title: 'lets a callback arm the next one',
    async run({ clock, pass }) {
      const startedAt = clock.now();
      const stamps: number[] = [];
      const again = (): void => {
        if (stamps.push(clock.now() - startedAt) < 3) clock.after(stepMs, again);
      };
      clock.after(stepMs, again);
      await pass(12 * stepMs);
      assert.equal(stamps.length, 3);
      for (const [index, stamp] of stamps.entries()) assert.ok(stamp >= (index + 1) * stepMs, `${stamps}`);
    },
  },
  {
    id: 'CL-6',
    title: 'calls back a timer that does not keep the process alive, as long as something does; ref and unref may be repeated',
    async run({ clock, pass }) {
      const seen: string[] = [];
      clock.after(stepMs, () => seen.push('unref')).unref();
      const timer = clock.after(2 * stepMs, () => seen.push('ref'));
      for (let turn = 0; turn < 2; turn++) timer.unref();
      for (let turn = 0; turn < 2; turn++) timer.ref();
      await pass(5 * stepMs);
      timer.unref();
      timer.ref();
      assert.deepEqual(seen, ['unref', 'ref']);
    },
  },
  {
    id: 'CL-7',
    title: 'never goes back, and both its times pass together',
    async run({ clock, pass }) {
      const [now, epoch] = [clock.now(), clock.epoch()];
      await pass(2 * stepMs);
      assert.ok(clock.now() - now >= 2 * stepMs);
      assert.ok(Math.abs(clock.epoch() - epoch - (clock.now() - now)) < 1_000);
    },
  },
];
