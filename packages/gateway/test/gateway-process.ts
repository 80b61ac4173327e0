// A gateway in a process of its own, for tests that end it: prints its port, and stops at SIGTERM.
import { defaultRuntime, jsonLogger, runUntilSignal } from '@tutti/core';
import { APIGateway, type GatewayLimits } from '../src/index.ts';
import { PoolLeaser } from './pool-leaser.ts';

/** The port of the service, and the gateway's limits as JSON. */
const [port = '0', limits = '{}'] = process.argv.slice(2);
const upstreams = new PoolLeaser(256).add('s', Number(port));
const gateway = new APIGateway({
  upstreams,
  readinessPath: '/readyz',
  limits: JSON.parse(limits) as GatewayLimits,
  runtime: { ...defaultRuntime, logger: jsonLogger('error') },
});
gateway.addRoute({ path: '/', methods: ['GET', 'POST'], serviceName: 's', public: true });
const listening = await gateway.listen({ port: 0 });
process.stdout.write(`${listening.port}\n`);
await runUntilSignal(gateway);
await upstreams.close();
