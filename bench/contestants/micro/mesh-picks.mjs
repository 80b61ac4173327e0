// Picks: a place, a pick, a lease, its outcome, with 64 leases out at any time. `extra` measures what one of them leaves to the garbage
// collector, and what is left of 100,000 of them after it has run.
import { defaultRuntime, stallWatch } from '../../../packages/core/src/index.ts';
import { LeaseOutcomes } from '../../../packages/mesh/src/endpoint/lease-outcomes.ts';
import { ServiceMesh } from '../../../packages/mesh/src/index.ts';
import { MeshMetrics } from '../../../packages/mesh/src/mesh-metrics.ts';
import { OutcomeLedger } from '../../../packages/mesh/src/outcomes/outcome-ledger.ts';
import { compilePolicy } from '../../../packages/mesh/src/policy/compile-policy.ts';
import { ServiceView } from '../../../packages/mesh/src/service/service-view.ts';
import { fixedEndpoints } from '../../kit/fixed-endpoints.mjs';

const out = 64;
const keys = 8_192;
const hints = Array.from({ length: keys }, (_, key) => ({ headers: { 'x-key': `key-${key}` } }));
const on = { header: 'x-key' };
const success = { kind: 'success', latencyMs: 1 };
export const sizes = [10, 100, 1_000];

const balancers = {
  'peak-ewma': 'peak-ewma',
  'least-connections of two': 'least-connections',
  'least-connections of all': { kind: 'least-connections', scan: 'all' },
  'round-robin': 'round-robin',
  weighted: 'weighted',
  random: 'random',
  'ring-hash': { kind: 'ring-hash', on },
  maglev: { kind: 'maglev', on },
};

/** `next(hints)` picks, `end(lease)` says that it went well; the ports of the endpoints are 1 to their number. */
function picking(size, next, end, { close = () => {}, share = 1 } = {}) {
  const leases = new Array(out).fill(undefined);
  const counts = new Float64Array(size + 1);
  let at = 0;
  let picks = 0;
  const run = (n) => {
    for (let i = 0; i < n; i++) {
      if (leases[at] !== undefined) end(leases[at]);
      const lease = next(hints[picks % keys]);
      counts[lease.endpoint.port]++;
      leases[at] = lease;
      at = (at + 1) % out;
      picks++;
    }
  };
  return {
    run,
    check: () => {
      if (counts.reduce((sum, count) => sum + count, 0) !== picks) throw new Error('a pick led nowhere');
      const used = counts.slice(1).filter((count) => count > 0).length;
      if (picks > 100 * size && used < size * share) throw new Error(`only ${used} of ${size} endpoints were picked`);
    },
    extra: () => memoryOf(run),
    close,
  };
}

/** Bytes a pick, from batches too small for a collection in between, and the growth of 100,000 picks, of code that is compiled to the end. */
function memoryOf(run) {
  const used = () => process.memoryUsage().heapUsed;
  const batch = 2_000;
  const cpu = process.cpuUsage();
  for (let warm = 0; warm < 50 || process.cpuUsage(cpu).user < 250_000; warm++) run(batch);
  const each = [];
  for (let round = 0; round < 15; round++) {
    globalThis.gc();
    const before = used();
    run(batch);
    each.push((used() - before) / batch);
  }
  globalThis.gc();
  const before = used();
  run(100_000);
  globalThis.gc();
  return { bytes: each.sort((a, b) => a - b)[7], growth: (used() - before) / 1_024 };
}

/** What the tries of `call` and `handler` go through. */
const throughView = (size, balance) => async () => {
  const runtime = defaultRuntime;
  const stalls = stallWatch(runtime.clock);
  const view = new ServiceView('work', compilePolicy({ balance, outliers: false, limits: { maxInFlight: 2 * out, maxPerEndpoint: out } }), {
    runtime,
    connect: () => {
      throw new Error('nothing is sent');
    },
    zone: undefined,
    metrics: new MeshMetrics(runtime),
    stalls,
    outcomes: new LeaseOutcomes(new OutcomeLedger('bench', runtime), runtime),
    traffic: undefined,
    alive: new Set(),
  });
  const { endpoints } = fixedEndpoints('work', portsOf(size), (index) => (balance === 'weighted' ? 1 + (index % 5) : 1));
  view.apply({ kind: 'snapshot', revision: 1, endpoints });
  const next = (hint) => {
    if (!view.places.tryEnter()) throw new Error('there is no place');
    return view.lease(hint);
  };
  return picking(size, next, (lease) => lease.ended('success'), { share: balance.on ? 0.9 : 1 });
};

/** What a gateway goes through: a lease that is also watched, should it be lost. */
const throughMesh = (size) => async () => {
  const registry = fixedEndpoints('work', portsOf(size));
  const mesh = new ServiceMesh({ endpoints: registry, registry, drainTimeout: '1ms' });
  await mesh.start();
  await mesh.ready('work');
  return picking(size, (hint) => mesh.lease('work', hint), (lease) => lease.done(success), { close: () => mesh.stop() });
};

/** The least that shares out: an array, a turn, a counter. */
const bare = (size) => async () => {
  const endpoints = portsOf(size).map((port) => ({ endpoint: { port }, inFlight: 0 }));
  let turn = 0;
  const next = () => {
    const each = endpoints[(turn = turn + 1 === size ? 0 : turn + 1)];
    each.inFlight++;
    return each;
  };
  return picking(size, next, (each) => each.inFlight--);
};

const portsOf = (size) => Array.from({ length: size }, (_, index) => index + 1);

export default sizes.flatMap((size) => {
  const named = (name, setup) => ({ name: `${name}, ${size}`, group: `${size} endpoints`, setup });
  return [
    named('bare turn', bare(size)),
    ...Object.entries(balancers).map(([name, balance]) => named(name, throughView(size, balance))),
    named('peak-ewma by mesh.lease', throughMesh(size)),
  ];
});
