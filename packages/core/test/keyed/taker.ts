// node taker.ts <place> <strict | leased | hasty> <limit as JSON> <milliseconds> <batch> <nodes>
// Says "ready", waits for "go", takes as fast as it can from several lanes, and says how many got through, and when it began and ended.
import { once } from 'node:events';
import { leasedRateLimiter, type RateLimit } from '../../src/index.ts';
import { openStores } from './open-stores.ts';

const [place = '', manner = '', limitText = '', forMs = '0', batch = '1', nodes = '1'] = process.argv.slice(2);
const limit = JSON.parse(limitText) as RateLimit;
const stores = await openStores(place);
const limiters = {
  strict: () => stores.limiter,
  hasty: () => stores.hastyLimiter,
  leased: () => leasedRateLimiter(stores.limiter, { batch: Number(batch), nodes: Number(nodes), storeTimeout: '20s' }),
};
const limiter = limiters[manner as keyof typeof limiters]();
await stores.limiter.take('warm up', limit);
console.log('ready');
await once(process.stdin, 'data');

const began = Date.now();
let allowed = 0;
async function lane(): Promise<void> {
  while (Date.now() < began + Number(forMs)) {
    if ((await limiter.take('hammered', limit)).allowed) allowed++;
    // a leased limiter answers without leaving the turn
    await new Promise(setImmediate);
  }
}
await Promise.all(Array.from({ length: 8 }, lane));
console.log(JSON.stringify({ allowed, began, ended: Date.now(), errorBound: limiter.errorBound }));
await stores.stop();
process.stdin.destroy();
