import assert from 'node:assert/strict';
import { Call } from '../call/call.ts';
import { compose } from '../handler/compose.ts';
import type { AnyLayer, Handler } from '../handler/handler.ts';
import { deadlineWheel } from '../runtime/deadline-wheel.ts';
import type { Law } from './laws.ts';
import { testRuntime } from './test-runtime.ts';

/** A layer under test, in a state in which it lets a healthy handler through. */
export interface LayerSubject {
  readonly layer: AnyLayer;
}

const run = <O>({ layer }: LayerSubject, handler: Handler<string, O>, call: Call = Call.root({ runtime: testRuntime() })): Promise<O> =>
  compose(handler, [layer])('input', call);

/** What every layer promises, whatever else it does. */
export const layerLaws: readonly Law<LayerSubject>[] = [
  {
    id: 'LA-1',
    title: 'passes the input in and the result out, unchanged, with one call of a handler that succeeds',
    async run(subject) {
      const result = {};
      const inputs: string[] = [];
      const out = await run(subject, async (input) => {
        inputs.push(input);
        return result;
      });
      assert.equal(out, result);
      assert.deepEqual(inputs, ['input']);
    },
  },
  {
    id: 'LA-2',
    title: 'passes a failure that it does not handle as it came, not wrapped',
    async run(subject) {
      const failure = Object.assign(new Error('refused'), { '@tutti/error': true, code: 'TEST_FINAL', retryable: false });
      await assert.rejects(
        run(subject, () => Promise.reject(failure)),
        (error) => error === failure,
      );
    },
  },
  {
    id: 'LA-3',
    title: 'lets a cancellation of the caller reach the handler, with its reason',
    async run(subject) {
      const call = Call.root({ runtime: testRuntime() });
      const reason = new Error('the client went away');
      const seen = run(
        subject,
        (_input, inner) => new Promise((_resolve, reject) => inner.signal.addEventListener('abort', () => reject(inner.signal.reason))),
        call,
      );
      call.cancel(reason);
      await assert.rejects(seen, (error) => error === reason);
    },
  },
  {
    id: 'LA-4',
    title: 'keeps the identity of the call',
    async run(subject) {
      const call = Call.root({ runtime: testRuntime(), tenant: 'acme', principal: 'ada', idempotencyKey: 'k', correlationId: 'c' });
      const inner = await run(subject, async (_input, seen) => seen, call);
      assert.deepEqual(
        [inner.tenant, inner.principal, inner.idempotencyKey, inner.correlationId, inner.traceparent],
        ['acme', 'ada', 'k', 'c', call.traceparent],
      );
    },
  },
  {
    id: 'LA-5',
    title: 'leaves no deadline and no timer behind when the work is done',
    async run(subject) {
      const runtime = testRuntime();
      await run(subject, async () => undefined, Call.root({ runtime, deadline: runtime.clock.now() + 1_000 }));
      assert.equal(deadlineWheel(runtime.clock).size, 0);
    },
  },
];
