// A gateway in a process of its own, for tests that end it: prints its port, and stops at SIGTERM as its limits say.
import { defaultRuntime, runUntilSignal } from '@tutti/core';
import { APIGateway } from '../src/index.ts';
import { PoolLeaser } from './pool-leaser.ts';

const [port = '0', lameDuck = '1000ms', drainTimeout = '10s'] = process.argv.slice(2);
const upstreams = new PoolLeaser().add('s', Number(port));
const gateway = new APIGateway({
  upstreams,
  readinessPath: '/readyz',
  limits: { lameDuck: lameDuck as '1s', drainTimeout: drainTimeout as '1s' },
  runtime: defaultRuntime,
});
gateway.addRoute({ path: '/', methods: ['GET', 'POST'], serviceName: 's', public: true });
const listening = await gateway.listen({ port: 0 });
process.stdout.write(`${listening.port}\n`);
await runUntilSignal(gateway);
await upstreams.close();
