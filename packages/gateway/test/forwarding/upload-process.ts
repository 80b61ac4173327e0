// A gateway in a process of its own, for tests of its memory: tells its port, and its resident memory to whoever asks. With `hoard` it takes a
// body in before it sends it on, as no gateway should.
import { buffer } from 'node:stream/consumers';
import type { EndpointLease, EndpointLeaser } from '@tutti/core';
import { APIGateway } from '../../src/index.ts';
import { PoolLeaser } from '../pool-leaser.ts';

const [port = '0', manner = 'stream'] = process.argv.slice(2);
const pools = new PoolLeaser().add('s', Number(port));

const hoarding: EndpointLeaser = {
  isReady: () => true,
  ready: () => pools.ready(),
  lease(serviceName, hints): EndpointLease {
    const lease = pools.lease(serviceName, hints);
    const dispatch: EndpointLease['dispatcher']['dispatch'] = (request, handler) => {
      void buffer(request.body as NodeJS.ReadableStream).then((body) => lease.dispatcher.dispatch({ ...request, body }, handler));
      return true;
    };
    return { ...lease, dispatcher: { dispatch } };
  },
};
const gateway = new APIGateway({ upstreams: manner === 'hoard' ? hoarding : pools, limits: { maxBodyBytes: 2 ** 31 } });
gateway.addRoute({ path: '/', methods: ['POST'], serviceName: 's', public: true, timeout: '10m' });
const { port: own } = await gateway.listen({ port: 0 });
process.on('message', () => process.send?.({ rss: process.memoryUsage().rss }));
process.send?.({ port: own });
