import type { Duration } from '@tutti/core';
import { ServiceDiscovery } from '@tutti/discovery';
import { sqliteBackend } from '@tutti/discovery/sqlite';

/** A process that registers an instance of `voice`, says so with its incarnation, and stops when it is told to. */
const [path = '', instanceId = '', ttl = ''] = process.argv.slice(2);

const discovery = new ServiceDiscovery({ backend: sqliteBackend({ path }), ttl: ttl as Duration });
const { incarnation } = await discovery.registerService({
  serviceName: 'voice',
  instanceId,
  host: '127.0.0.1',
  port: process.pid % 65_535 || 1,
});

const awake = setInterval(() => {}, 60_000);
process.once('SIGTERM', async () => {
  clearInterval(awake);
  await discovery.stop();
});
process.stdout.write(`${incarnation}\n`);
