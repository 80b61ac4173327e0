// The guarded call of area B through `ServiceMesh.handler`: pick of three endpoints, caps, deadline, retry ready, outcome, outliers; with
// a breaker around each endpoint and limits that could bind; and with one around the service, too. Every endpoint has to have done its part.
import { Call } from '../../packages/core/src/index.ts';
import { ServiceMesh } from '../../packages/mesh/src/index.ts';
import { fixedEndpoints } from './fixed-endpoints.mjs';

/** The hand-written bound has one shared timer, turns and ejection; opossum and moleculer are what people use. */
const goals = [
  { metric: 'cost', of: 'minimal rr + outlier + shared-timer timeout', atMost: 3 },
  { metric: 'cost', of: 'opossum fire (timeout 3 s)', atMost: 1 },
  { metric: 'cost', of: 'moleculer call + breaker, bulkhead, retry, timeout', atMost: 1 },
  { metric: 'cost', of: 'cockatiel wrap(retry, timeout, breaker)' },
];

const meshed = (policy) => async () => {
  const registry = fixedEndpoints('work', [1, 2, 3]);
  const mesh = new ServiceMesh({ endpoints: registry, registry, policy: { defaults: { timeout: '1s', ...policy } } });
  await mesh.start();
  await mesh.ready('work');
  const done = [0, 0, 0, 0];
  const call = mesh.handler(
    'work',
    async (x, _call, lease) => {
      done[lease.endpoint.port]++;
      return x;
    },
    { repeatable: true },
  );
  const root = Call.root();
  return {
    run: async (n) => {
      for (let i = 0; i < n; i++) if ((await call(i, root)) !== i) throw new Error('wrong answer');
    },
    check: (ops) => {
      const [, ...each] = done;
      const total = each.reduce((sum, count) => sum + count, 0);
      if (total < ops) throw new Error(`the function ran ${total} times for ${ops} calls`);
      if (each.includes(0)) throw new Error(`not every endpoint was used: ${each}`);
    },
    close: () => mesh.stop(),
  };
};

const caps = { maxInFlight: 64, maxQueue: 1_000, maxPerEndpoint: 64 };

export default [
  { name: 'tutti mesh handler, by default', setup: meshed({}), goals },
  { name: 'tutti mesh handler, breaker and caps', setup: meshed({ endpointBreaker: {}, limits: caps }), goals },
  {
    name: 'tutti mesh handler, both breakers and caps',
    setup: meshed({ endpointBreaker: {}, serviceBreaker: {}, limits: caps }),
    goals: goals.map(({ metric, of }) => ({ metric, of })),
  },
];
