// One client of mesh-http.mjs, one process: node mesh-http-child.mjs <name> <seconds> <concurrency> <port>,<port>,<port>
// Every answer is looked at: status, length and the first and last byte.
import { createRequire } from 'node:module';
import { Call } from '../../packages/core/src/index.ts';
import { ServiceMesh } from '../../packages/mesh/src/index.ts';
import { fixedEndpoints } from '../kit/fixed-endpoints.mjs';

const { Pool } = createRequire(import.meta.url)('undici');
const [, , name, seconds, concurrency, list] = process.argv;
const ports = list.split(',').map(Number);

/** What the mesh gives an endpoint, too. */
const poolOptions = { connections: 128, pipelining: 1, allowH2: false };
const bodyLimits = { headersTimeout: 0, bodyTimeout: 0 };

/** The least that gives back a whole answer: the chunks, one promise. */
class Whole {
  #chunks = [];
  #resolve;
  #reject;
  #ended;
  status = 0;
  constructor(resolve, reject, ended) {
    this.#resolve = resolve;
    this.#reject = reject;
    this.#ended = ended;
  }
  onRequestStart() {}
  onResponseStart(_controller, status) {
    this.status = status;
  }
  onResponseData(_controller, chunk) {
    this.#chunks.push(chunk);
  }
  onResponseEnd() {
    this.#ended?.('success');
    this.#resolve({ status: this.status, body: this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks) });
  }
  onResponseError(_controller, error) {
    this.#ended?.('failure');
    this.#reject(error);
  }
}

/** As long as what the mesh sends: the trace, the correlation and what remains of the time. */
const callHeaders = {
  traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
  'x-correlation-id': '01234567-89ab-7cde-8f01-23456789abcd',
  'tutti-remaining-ms': '30000',
};
const dispatched = async (options) => {
  const pools = ports.map((port) => new Pool(`http://127.0.0.1:${port}`, poolOptions));
  let turn = 0;
  const ask = () =>
    new Promise((resolve, reject) => {
      const pool = pools[(turn = turn + 1 === pools.length ? 0 : turn + 1)];
      pool.dispatch({ method: 'GET', path: '/', ...options, ...bodyLimits }, new Whole(resolve, reject));
    });
  return { ask, close: () => Promise.all(pools.map((pool) => pool.destroy())) };
};

const meshOf = async (policy) => {
  const registry = fixedEndpoints('work', ports);
  const mesh = new ServiceMesh({ endpoints: registry, registry, drainTimeout: '1s', policy: { defaults: policy } });
  await mesh.start();
  await mesh.ready('work');
  return mesh;
};
const called = async (policy) => {
  const mesh = await meshOf(policy);
  return { ask: () => mesh.call('work', { method: 'GET', path: '/' }), close: () => mesh.stop() };
};

const clients = {
  'bare undici dispatch': () => dispatched({}),
  'bare undici dispatch, headers of a call': () => dispatched({ headers: callHeaders }),
  'bare undici request': async () => {
    const pools = ports.map((port) => new Pool(`http://127.0.0.1:${port}`, poolOptions));
    let turn = 0;
    const ask = async () => {
      const pool = pools[(turn = turn + 1 === pools.length ? 0 : turn + 1)];
      const { statusCode, body } = await pool.request({ method: 'GET', path: '/', ...bodyLimits });
      return { status: statusCode, body: Buffer.from(await body.arrayBuffer()) };
    };
    return { ask, close: () => Promise.all(pools.map((pool) => pool.destroy())) };
  },
  'tutti mesh.call': () => called({}),
  'tutti mesh.call, within a call': async () => {
    const mesh = await meshOf({});
    const root = Call.root({ traceparent: callHeaders.traceparent, correlationId: callHeaders['x-correlation-id'] });
    return { ask: () => mesh.call('work', { method: 'GET', path: '/' }, root.child()), close: () => mesh.stop() };
  },
  'tutti mesh.call, round robin': () => called({ balance: 'round-robin' }),
  'tutti mesh.call, breakers and caps': () =>
    called({ endpointBreaker: {}, serviceBreaker: {}, limits: { maxInFlight: 128, maxPerEndpoint: 128 } }),
  'tutti mesh.lease, dispatched by hand': async () => {
    const mesh = await meshOf({});
    const ask = () =>
      new Promise((resolve, reject) => {
        const lease = mesh.lease('work');
        const began = performance.now();
        const ended = (kind) => lease.done({ kind, latencyMs: performance.now() - began });
        lease.dispatcher.dispatch({ method: 'GET', path: '/', ...bodyLimits }, new Whole(resolve, reject, ended));
      });
    return { ask, close: () => mesh.stop() };
  },
};

const { ask, close } = await clients[name]();
let answers = 0;
const loop = async (goOn) => {
  while (goOn()) {
    const { status, body } = await ask();
    if (status !== 200 || body.length !== 1_024 || body[0] !== 120 || body[1_023] !== 120) throw new Error(`a wrong answer: ${status}, ${body.length} bytes`);
    answers++;
  }
};
const all = (goOn) => Promise.all(Array.from({ length: Number(concurrency) }, () => loop(goOn)));
const cpuSince = (cpu) => {
  const { user, system } = process.cpuUsage(cpu);
  return (user + system) / 1e6;
};

// Warm is what has had a second of a processor, however long others kept it waiting.
const cold = process.cpuUsage();
const patience = performance.now() + 15_000;
await all(() => performance.now() < patience && (answers % 64 !== 0 || cpuSince(cold) < 1));
answers = 0;
const cpu = process.cpuUsage();
const began = performance.now();
const end = began + Number(seconds) * 1_000;
await all(() => performance.now() < end);
const took = performance.now() - began;
const used = cpuSince(cpu);
console.log(`RESULT ${JSON.stringify({ rate: (answers / took) * 1_000, perCpu: answers / used, answers })}`);
await close();
process.exit(0);
