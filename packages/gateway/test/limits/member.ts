// node member.ts <redis url> <strict | leased | alone> <limit as JSON> <requests>
// A gateway of its own before a service of its own. Says "ready", waits for a message, serves so many requests, and says how many were let in.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { leasedRateLimiter, memoryRateLimiter, type RateLimit, type RateLimiter } from '@tutti/core';
import { redisConnection, redisRateLimiter } from '@tutti/core/redis';
import { APIGateway } from '../../src/index.ts';
import { PoolLeaser } from '../pool-leaser.ts';

const [url = '', manner = '', limitText = '', requests = '0'] = process.argv.slice(2);
const connection = redisConnection({ url });
await connection.start();
const limiters: Record<string, () => RateLimiter> = {
  strict: () => redisRateLimiter({ connection }),
  leased: () => leasedRateLimiter(redisRateLimiter({ connection }), { batch: 20, nodes: 4, storeTimeout: '20s' }),
  alone: () => memoryRateLimiter(),
};
const service = createServer((_request, response) => response.end('let in')).listen(0, '127.0.0.1');
await once(service, 'listening');
const upstreams = new PoolLeaser().add('s', (service.address() as AddressInfo).port);
const rateLimiter = (limiters[manner] as () => RateLimiter)();
// a busy machine must not make the limiter look as if it were away: that is another test
const gateway = new APIGateway({ upstreams, rateLimiter, limiting: { patience: '20s' } });
gateway.addRoute({
  path: '/',
  methods: ['GET'],
  serviceName: 's',
  public: true,
  rateLimit: { ...(JSON.parse(limitText) as RateLimit), by: 'route' },
});

const statuses: Record<number, number> = {};
let policy: unknown;
let sent = 0;
async function lane(): Promise<void> {
  while (sent++ < Number(requests)) {
    const { status, headers } = await gateway.handleRequest({ method: 'GET', path: '/' });
    statuses[status] = (statuses[status] ?? 0) + 1;
    policy = headers['ratelimit-policy'];
  }
}

process.once('message', () => {
  void Promise.all(Array.from({ length: 8 }, lane)).then(async () => {
    await gateway.stop();
    await upstreams.close();
    await connection.stop();
    service.close();
    process.send?.({ statuses, policy }, () => process.disconnect());
  });
});
process.send?.('ready');
