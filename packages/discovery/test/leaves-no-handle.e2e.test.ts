import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { describeWith } from '../../../tools/services/needs.ts';
import { startRedis } from '../../../tools/services/redis.ts';
import { dnsServer } from './dns-server.ts';

/** Follows a service until it is known, stops, and has to end by itself. `mute` is followed too, where there is such a service. */
async function endsAfterStop(imports: string, backend: string): Promise<string> {
  const source = `
    import { ServiceDiscovery } from '@tutti/discovery';
    ${imports}
    const backend = ${backend};
    const discovery = new ServiceDiscovery({ backend });
    discovery.watchEndpoints('mute', () => {});
    if (backend.capabilities.registers) await discovery.registerService({ serviceName: 'voice', host: '127.0.0.1', port: 8009 });
    const found = await discovery.getService('voice');
    await discovery.stop();
    process.stdout.write(String(found.length));
  `;
  const args = ['--conditions=@tutti/source', '--input-type=module', '-e', source];
  return (await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname, timeout: 20_000 })).stdout;
}

it('lets the process end after stop(), by itself: with a list', async () => {
  const list = `staticBackend({ endpoints: [{ serviceName: 'voice', host: '127.0.0.1', port: 8009 }] })`;
  expect(await endsAfterStop(`import { staticBackend } from '@tutti/discovery/static';`, list)).toBe('1');
});

it('lets the process end after stop(), by itself: with a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tutti-file-'));
  const path = join(folder, 'endpoints.json');
  await writeFile(path, JSON.stringify({ endpoints: [{ serviceName: 'voice', host: '127.0.0.1', port: 8009 }] }));
  const file = `fileBackend({ path: ${JSON.stringify(path)} })`;
  expect(await endsAfterStop(`import { fileBackend } from '@tutti/discovery/static';`, file)).toBe('1');
  await rm(folder, { recursive: true });
});

it('lets the process end after stop(), by itself: with the DNS, also while a server is silent', async () => {
  await using server = await dnsServer();
  server.say('A', 'voice.test', [{ address: '127.0.0.1' }]);
  server.say('AAAA', 'voice.test', []);
  server.say('A', 'mute.test', 'silence');
  const services = { voice: { a: 'voice.test', aaaa: 'voice.test', port: 8009 }, mute: { a: 'mute.test', port: 1 } };
  const dns = `dnsBackend(${JSON.stringify({ services, servers: [server.address] })})`;
  expect(await endsAfterStop(`import { dnsBackend } from '@tutti/discovery/dns';`, dns)).toBe('1');
});

describeWith('redis-server', 'with a server', () => {
  it('lets the process end after stop(), by itself: with Redis', async () => {
    const server = await startRedis();
    expect(await endsAfterStop(`import { redisBackend } from '@tutti/discovery/redis';`, `redisBackend({ url: '${server.url}' })`)).toBe(
      '1',
    );
    await server.stop();
  });
});
