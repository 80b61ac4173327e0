import assert from 'node:assert/strict';
import { Call } from '../call/call.ts';
import { compose } from '../handler/compose.ts';
import type { Breaker } from '../policy/breaker/breaker.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { type Law, withCode } from './laws.ts';

/** A breaker that opens after five failures in a row. */
export interface BreakerSubject {
  readonly breaker: Breaker;
  readonly runtime: Runtime;
  /** How long its pause is. */
  readonly openForMs: number;
  /** Lets time pass: virtual, or real for a breaker that lives in real time. */
  pass(ms: number): Promise<void>;
}

export type BreakerCapabilities = Readonly<{
  /** A probe that ended without telling anything about the target does not close it. */
  ignoresProbes: boolean;
}>;

const failure = new Error('the target is down');

function target({ breaker, runtime }: BreakerSubject): { ask(answer?: Promise<string>): Promise<string>; readonly asked: number } {
  let asked = 0;
  let next: Promise<string> = Promise.resolve('well');
  const guarded = compose((): Promise<string> => {
    asked++;
    return next;
  }, [breaker]);
  return {
    ask(answer = Promise.resolve('well')) {
      next = answer;
      next.catch(() => {});
      return guarded(undefined, Call.root({ runtime }));
    },
    get asked() {
      return asked;
    },
  };
}

async function failTimes(ask: (answer: Promise<string>) => Promise<string>, times: number, error: unknown = failure): Promise<void> {
  for (let time = 0; time < times; time++) {
    await assert.rejects(ask(Promise.reject(error)), (seen) => seen === error);
  }
}

/** What every breaker promises. */
export const breakerLaws: readonly Law<BreakerSubject, BreakerCapabilities>[] = [
  {
    id: 'BR-1',
    title: 'opens after repeated failures, and then refuses at once without asking the target',
    async run(subject) {
      const one = target(subject);
      await failTimes(one.ask, 5);
      assert.equal(subject.breaker.state, 'open');
      await assert.rejects(one.ask(), withCode('BREAKER_OPEN'));
      assert.equal(one.asked, 5);
    },
  },
  {
    id: 'BR-2',
    title: 'lets one probe through after its pause, refuses others meanwhile, and closes when the probe succeeds',
    async run(subject) {
      const one = target(subject);
      await failTimes(one.ask, 5);
      await subject.pass(subject.openForMs + 5);
      let answer: (value: string) => void = () => {};
      const probe = one.ask(new Promise((resolve) => (answer = resolve)));
      await assert.rejects(one.ask(), withCode('BREAKER_OPEN'));
      answer('well again');
      assert.equal(await probe, 'well again');
      assert.equal(subject.breaker.state, 'closed');
      assert.equal(await one.ask(), 'well');
    },
  },
  {
    id: 'BR-3',
    title: 'opens again when the probe fails',
    async run(subject) {
      const one = target(subject);
      await failTimes(one.ask, 5);
      await subject.pass(subject.openForMs + 5);
      await failTimes(one.ask, 1);
      assert.equal(subject.breaker.state, 'open');
      await assert.rejects(one.ask(), withCode('BREAKER_OPEN'));
    },
  },
  {
    id: 'BR-4',
    title: 'does not count what the target answered rightly',
    async run(subject) {
      const { ask } = target(subject);
      const refusal = Object.assign(new Error('no such page'), {
        '@tutti/error': true,
        code: 'TEST',
        retryable: false,
        failure: 'permanent',
      });
      await failTimes(ask, 30, refusal);
      assert.equal(subject.breaker.state, 'closed');
    },
  },
  {
    id: 'BR-5',
    title: 'is held open or closed by hand, and begins anew when let go',
    async run(subject) {
      const one = target(subject);
      subject.breaker.force('open');
      await assert.rejects(one.ask(), withCode('BREAKER_OPEN'));
      assert.equal(subject.breaker.state, 'open');
      subject.breaker.force('closed');
      await failTimes(one.ask, 20);
      assert.equal(subject.breaker.state, 'closed');
      subject.breaker.force('auto');
      assert.equal(await one.ask(), 'well');
      await failTimes(one.ask, 20).catch(() => undefined);
      assert.equal(subject.breaker.state, 'open');
    },
  },
  {
    id: 'BR-6',
    title: 'asks again when a probe ended without telling anything about the target',
    requires: 'ignoresProbes',
    async run(subject) {
      const one = target(subject);
      await failTimes(one.ask, 5);
      await subject.pass(subject.openForMs + 5);
      const gone = Object.assign(new Error('gone'), { '@tutti/error': true, code: 'TEST', retryable: false, failure: 'cancelled' });
      await failTimes(one.ask, 1, gone);
      assert.equal(subject.breaker.state, 'half-open');
      assert.equal(await one.ask(), 'well');
      assert.equal(subject.breaker.state, 'closed');
    },
  },
];
