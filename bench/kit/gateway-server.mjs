// One contestant of a-gateway.mjs, one process: the kit's gateway behind the kit's mesh, set up through the public face. Plain: one route that
// everybody may use. With a key: tokens, a limit for each caller, a breaker around each of the three upstreams. Runs what is published, as memory
// is measured too: `npm run build` makes it.
//   node gateway-server.mjs plain|secure           (PORT, UPSTREAMS, ALG, JWT_KEY, RATE, UPSTREAM_CONNECTIONS as for every contestant)
import { createPublicKey } from 'node:crypto';
import { memoryRateLimiter, runUntilSignal } from '../../packages/core/dist/index.js';
import { APIGateway, jwt } from '../../packages/gateway/dist/index.js';
import { ServiceMesh } from '../../packages/mesh/dist/index.js';
import { alg, connections, key, port, rate, ready, upstreams } from '../contestants/gateway/_env.mjs';
import { fixedEndpoints } from './fixed-endpoints.mjs';

const isSecure = process.argv[2] === 'secure';
const used = isSecure ? upstreams : upstreams.slice(0, 1); // as the others do
const registry = fixedEndpoints('work', used.map((origin) => Number(new URL(origin).port)));
const mesh = new ServiceMesh({
  endpoints: registry,
  registry,
  connections: { maxPerEndpoint: connections },
  policy: { defaults: { balance: 'round-robin', ...(isSecure && { endpointBreaker: {} }) } },
});

const verified = () => (alg === 'HS256' ? { secret: Buffer.from(key), algorithms: ['HS256'] } : { jwks: { keys: [publicKey()] }, algorithms: ['ES256'] });
const publicKey = () => ({ ...createPublicKey(key).export({ format: 'jwk' }), alg: 'ES256', use: 'sig' });
const gateway = new APIGateway({
  upstreams: mesh,
  ...(isSecure && { authenticators: [jwt({ issuer: 'bench', ...verified() })], rateLimiter: memoryRateLimiter() }),
});
gateway.addRoute({
  path: '/',
  methods: ['GET', 'POST'],
  serviceName: 'work',
  ...(isSecure ? { authorize: 'authenticated', rateLimit: { tokens: rate, refillRate: rate / 60 } } : { public: true }),
});
await mesh.start();
await mesh.ready('work');
await gateway.listen({ port });
ready();
await runUntilSignal(gateway);
await mesh.stop();
