// node redis-registrant.ts '{"url":…,"keyPrefix":…,"instanceId":…,"ttl":…}'
// Registers an instance of `voice` and keeps it until SIGTERM, on which it says goodbye and ends by itself.
import { ServiceDiscovery } from '@tutti/discovery';
import { redisBackend } from '@tutti/discovery/redis';

const { url, keyPrefix, instanceId, ttl } = JSON.parse(process.argv[2] as string);

const discovery = new ServiceDiscovery({ backend: redisBackend({ url, keyPrefix }), ttl });
// before it can be seen: whoever sees it may tell it to go at once
const toldToGo = new Promise((resolve) => process.once('SIGTERM', resolve));
await discovery.registerService({ serviceName: 'voice', instanceId, host: '127.0.0.1', port: 8009 });
const awake = setInterval(() => {}, 60_000);
await toldToGo;
clearInterval(awake);
await discovery.stop();
