import { createServer } from 'node:http';
import { memoryBackend, ServiceDiscovery } from '@tutti/discovery';
import { ServiceMesh } from '@tutti/mesh';

// A service, as it may run anywhere.
const server = createServer((request, response) => response.end(`analysed by ${request.url?.slice(1)}`)).listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const { port } = server.address() as { port: number };

const discovery = new ServiceDiscovery({ backend: memoryBackend() });
const mesh = new ServiceMesh({ endpoints: discovery, registry: discovery });
await discovery.start();
await mesh.start();

await mesh.registerEndpoint({ serviceName: 'voice-interface', instanceId: 'voice-001', host: '127.0.0.1', port });

// Pick only: whoever sends the request says how it went.
const lease = await mesh.routeRequest('voice-interface', { command: 'analyze document' });
console.log(`picked ${lease.endpoint.instanceId}`);
lease.done({ kind: 'success', latencyMs: 12 });

// Or pick, send, try another instance where that is safe, and report the outcome.
const reply = await mesh.call('voice-interface', { method: 'POST', path: '/voice-001', body: { command: 'analyze document' } });
console.log(reply.status, reply.text());

await mesh.stop();
await discovery.stop();
server.close();
