// The kit beside its peers: `npm run bench -- resilience`, or node b-resilience.mjs --candidate ./candidate.mjs with
// NODE_OPTIONS=--conditions=@tutti/source. Every entry does the work of the contestants of its area, through the public face.
import { admission, breaker, bulkhead, Call, compose, gradientLimit, protect, timeout } from '../packages/core/src/index.ts';
import bus from './kit/bus.mjs';
import events from './kit/events.mjs';
import gateway from './kit/gateway.mjs';
import mesh from './kit/mesh.mjs';
import saga from './kit/saga.mjs';

let calls = 0;
const work = async (x) => {
  calls++;
  return x;
};
/** Sequential awaits; every result is checked. */
const seq = (call) => ({
  run: async (n) => {
    for (let i = 0; i < n; i++) if ((await call(i)) !== i) throw new Error('wrong answer');
  },
  check: (ops) => {
    if (calls < ops) throw new Error(`the function ran ${calls} times for ${ops} calls`);
  },
});
const guarded = (layers) => async () => {
  const root = Call.root();
  const call = compose(work, layers);
  return seq((i) => call(i, root));
};
const everything = {
  operation: 'work',
  timeout: '1s',
  retry: { maxAttempts: 3 },
  breaker: {},
  bulkhead: { maxConcurrent: 64, maxQueue: 1_000 },
};

let last;
const making = (derive) => async () => {
  const root = Call.root({ tenant: 'acme', principal: 'ada', correlationId: 'c', idempotencyKey: 'k' });
  return {
    run: (n) => {
      for (let i = 0; i < n; i++) last = derive(root, i);
    },
    check: () => {
      if (last === undefined) throw new Error('nothing was made');
    },
  };
};

export default {
  'b-resilience': [
    { name: 'tutti breaker', setup: guarded([breaker({ operation: 'work' })]) },
    { name: 'tutti timeout', setup: guarded([timeout({ operation: 'work', timeout: '1s' })]) },
    { name: 'tutti bulkhead', setup: guarded([bulkhead({ operation: 'work', maxConcurrent: 64 })]) },
    { name: 'tutti admission, fixed limit', setup: guarded([admission({ operation: 'work', limit: 64 })]) },
    { name: 'tutti admission, gradient limit', setup: guarded([admission({ operation: 'work', limit: gradientLimit() })]) },
    { name: 'tutti protect: timeout, retry, breaker, bulkhead', setup: guarded([protect(everything)]) },
    ...mesh,
  ],
  call: [
    { name: 'tutti Call.child', setup: making((call, i) => call.child({ deadline: i })) },
    { name: 'tutti Call.child, its signal read and let go', setup: making((call, i) => {
      const child = call.child({ deadline: i });
      const { signal } = child;
      child.release();
      return signal;
    }) },
  ],
  'c-events': events,
  bus,
  gateway,
  saga,
};
