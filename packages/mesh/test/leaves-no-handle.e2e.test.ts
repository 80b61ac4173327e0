import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const source = `
  import { createServer } from 'node:http';
  import { ServiceMesh } from '@tutti/mesh';
  const server = createServer((request, response) => response.end('hi')).listen(0, '127.0.0.1', async () => {
    const endpoint = { serviceName: 'voice', instanceId: 'a', incarnation: '1', host: '127.0.0.1', port: server.address().port, weight: 1, tags: [], metadata: {}, state: 'ready' };
    const endpoints = { watchEndpoints: (_, listener) => { listener({ kind: 'snapshot', revision: 1, endpoints: [endpoint] }); return () => {}; } };
    const mesh = new ServiceMesh({ endpoints, registry: { register() {}, drain() {}, deregister() {} } });
    await mesh.start();
    const reply = await mesh.call('voice', { method: 'GET', path: '/' });
    await mesh.stop();
    server.close();
    process.stdout.write(reply.text());
  });
`;

it('lets the process end after stop(), by itself', { timeout: 30_000 }, async () => {
  const run = promisify(execFile)(process.execPath, ['--conditions=@tutti/source', '--input-type=module', '-e', source], {
    cwd: import.meta.dirname,
    timeout: 20_000,
  });
  expect((await run).stdout).toBe('hi');
});
