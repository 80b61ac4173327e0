import assert from 'node:assert/strict';
import type { Duration } from '@tutti/core';
import type { AnySaga, SagaDefinition } from '../definition/saga-definition.ts';
import type { OutputOf } from '../definition/saga-types.ts';
import type { SagaOrchestrator } from '../orchestrator/saga-orchestrator.ts';
import type { HistoryEntry, SagaView } from '../orchestrator/saga-view.ts';
import type { SagaStatus } from '../store/saga-record.ts';

/** Names of the steps of a saga that give something. */
export type StepOf<D> = D extends SagaDefinition<string, infer _I, infer _In, infer R, infer _Out> ? keyof R & string : never;

/** Why a saga did not complete; what is left out is not compared. */
export interface ExpectedFailure<D> {
  readonly step?: StepOf<D>;
  readonly code?: string;
  readonly message?: RegExp;
}

/** What a run needs of the test around it. */
export interface AroundRun {
  // biome-ignore lint/suspicious/noExplicitAny: whatever the sagas beside this one are
  readonly sagas: SagaOrchestrator<any>;
  advance(time: Duration): Promise<void>;
  crash(): Promise<void>;
}

/** One saga that was started in a test. What it is asked and is not so is an AssertionError that tells its history. */
export class SagaTestRun<D extends AnySaga> {
  readonly id: string;
  readonly #test: AroundRun;

  constructor(test: AroundRun, id: string) {
    this.#test = test;
    this.id = id;
  }

  /** Lets so much time go by, and everything happen that falls due in it. */
  advance(time: Duration): Promise<void> {
    return this.#test.advance(time);
  }

  /** Ends the process in whatever it is doing; another one goes on. */
  crash(): Promise<void> {
    return this.#test.crash();
  }

  view(): Promise<SagaView> {
    return this.#test.sagas.get(this.id);
  }

  history(): Promise<readonly HistoryEntry[]> {
    return this.#test.sagas.history(this.id);
  }

  /** @param expected What it returns. */
  async completed(...expected: [OutputOf<D>] extends [undefined] ? [] : [expected: OutputOf<D>]): Promise<void> {
    await this.#is('completed');
    const [wanted] = expected;
    const result: unknown = await this.#test.sagas.result(this.id as never);
    if (expected.length > 0) assert.deepEqual(result, wanted, await this.#telling('it returned something else'));
  }

  /** Everything that was begun is undone. */
  async compensated(expected: ExpectedFailure<D> = {}): Promise<void> {
    await this.#is('compensated');
    await this.#failedWith(expected);
  }

  /** It waits for somebody: past its pivot, or because an undo failed for good. */
  async parked(status: 'stuck' | 'compensation_failed', expected: ExpectedFailure<D> = {}): Promise<void> {
    await this.#is(status);
    await this.#failedWith(expected);
  }

  /** It sleeps, waits for its next attempt, or for the business key. */
  async waiting(reason: 'timer' | 'attempt' | 'key', step?: StepOf<D>): Promise<void> {
    const { waiting } = await this.view();
    assert.equal(waiting?.for, reason, await this.#telling(`it should wait for ${reason}`));
    if (step !== undefined) assert.equal(waiting?.step, step, await this.#telling(`it should be '${step}' that waits`));
  }

  /** The steps that are done, in the order in which they were. */
  done(steps: readonly StepOf<D>[]): Promise<void> {
    return this.#noted('done', steps);
  }

  /** The steps that were undone, in the order in which they were. */
  undone(steps: readonly StepOf<D>[]): Promise<void> {
    return this.#noted('undone', steps);
  }

  async #noted(what: HistoryEntry['what'], steps: readonly string[]): Promise<void> {
    const noted = (await this.history()).filter((entry) => entry.what === what).map(({ step }) => step);
    assert.deepEqual(noted, steps, await this.#telling(`${what} were ${noted.join(', ') || 'none'}, not ${steps.join(', ') || 'none'}`));
  }

  async #is(status: SagaStatus): Promise<void> {
    const view = await this.view();
    assert.equal(view.status, status, await this.#telling(`it is ${view.status}, not ${status}`));
  }

  async #failedWith({ step, code, message }: ExpectedFailure<D>): Promise<void> {
    const { failure } = await this.view();
    if (step !== undefined) assert.equal(failure?.step, step, await this.#telling(`'${failure?.step}' failed, not '${step}'`));
    if (code !== undefined) assert.equal(failure?.code, code, await this.#telling(`it failed with ${failure?.code}, not ${code}`));
    if (message) assert.match(failure?.message ?? '', message);
  }

  async #telling(problem: string): Promise<string> {
    const lines = (await this.history()).map(({ what, step, attempt, failure }) => {
      const parts = [
        what,
        step,
        attempt === undefined || attempt === 1 ? undefined : `(attempt ${attempt})`,
        failure && `: ${failure.message}`,
      ];
      return `  ${parts.filter((part) => part !== undefined).join(' ')}`;
    });
    return `${problem}. What happened:\n${lines.join('\n')}`;
  }
}
