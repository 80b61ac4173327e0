import assert from 'node:assert/strict';
import { Call } from '../call/call.ts';
import { compose } from '../handler/compose.ts';
import type { Throttle } from '../policy/throttle/throttle.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { type Law, withCode } from './laws.ts';

/** A throttle with a burst of one and room for five calls to wait. */
export interface ThrottleSubject {
  readonly throttle: Throttle;
  readonly runtime: Runtime;
  readonly everyMs: number;
  /** By how much two starts may be seen nearer to each other than they were, where time is real. */
  readonly toleranceMs: number;
  /** Lets time pass: virtual, or real for a throttle that lives in real time. */
  pass(ms: number): Promise<void>;
}

interface Started {
  readonly name: string;
  readonly at: number;
}

function line({ throttle, runtime }: ThrottleSubject): {
  begin(name: string, call?: Call): Promise<string>;
  readonly started: readonly Started[];
} {
  const started: Started[] = [];
  const guarded = compose(
    async (name: string) => {
      started.push({ name, at: runtime.clock.now() });
      return name;
    },
    [throttle],
  );
  return { started, begin: (name, call = Call.root({ runtime })) => guarded(name, call) };
}

/** What every throttle promises. */
export const throttleLaws: readonly Law<ThrottleSubject>[] = [
  {
    id: 'TH-1',
    title: 'begins calls in their order and never two within the pace',
    async run(subject) {
      const { begin, started } = line(subject);
      const all = Promise.all(['a', 'b', 'c', 'd'].map((name) => begin(name)));
      await subject.pass(4 * subject.everyMs + 20);
      await all;
      assert.deepEqual(
        started.map(({ name }) => name),
        ['a', 'b', 'c', 'd'],
      );
      for (const [index, { at }] of started.entries()) {
        const before = started[index - 1];
        if (before) assert.ok(at - before.at >= subject.everyMs - subject.toleranceMs, `only ${at - before.at} ms apart`);
      }
    },
  },
  {
    id: 'TH-2',
    title: 'does not begin a call that was cancelled while it waited, and says the reason at once',
    async run(subject) {
      const { begin, started } = line(subject);
      const first = begin('a');
      const call = Call.root({ runtime: subject.runtime });
      const second = begin('b', call);
      await subject.pass(1);
      const reason = new Error('gone');
      call.cancel(reason);
      await assert.rejects(second, (error) => error === reason);
      await subject.pass(3 * subject.everyMs);
      await first;
      assert.deepEqual(
        started.map(({ name }) => name),
        ['a'],
      );
    },
  },
  {
    id: 'TH-3',
    title: 'does not begin a call whose turn comes after its deadline, and says so no later than that',
    async run(subject) {
      const { begin, started } = line(subject);
      const { clock } = subject.runtime;
      const others = Promise.all([begin('a'), begin('b'), begin('c')]);
      const late = begin('late', Call.root({ runtime: subject.runtime, deadline: clock.now() + subject.everyMs * 1.5 }));
      const refusedAt = late.catch(() => clock.now());
      const startedAt = clock.now();
      await subject.pass(4 * subject.everyMs + 20);
      await assert.rejects(late, withCode('DEADLINE_EXCEEDED'));
      assert.ok(Number(await refusedAt) - startedAt < subject.everyMs * 2);
      await others;
      assert.ok(!started.some(({ name }) => name === 'late'));
    },
  },
  {
    id: 'TH-4',
    title: 'refuses whom it has no room for',
    async run(subject) {
      const { begin } = line(subject);
      const first = begin('first');
      await subject.pass(subject.everyMs / 2);
      const waiting = Array.from({ length: 5 }, (_, index) => begin(String(index)).catch(() => undefined));
      assert.equal(subject.throttle.queued, 5);
      await assert.rejects(begin('too many'), withCode('THROTTLED'));
      await subject.pass(7 * subject.everyMs + 20);
      await Promise.all([first, ...waiting]);
      assert.equal(subject.throttle.queued, 0);
    },
  },
  {
    id: 'TH-5',
    title: 'passes a failure of the work as it came',
    async run({ throttle, runtime }) {
      const failure = new Error('the printer is on fire');
      await assert.rejects(
        compose(() => Promise.reject(failure), [throttle])(undefined, Call.root({ runtime })),
        (error) => error === failure,
      );
    },
  },
];
