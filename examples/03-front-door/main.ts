import { createServer } from 'node:http';
import { memoryBackend, ServiceDiscovery } from '@tutti/discovery';
import { APIGateway, jwt } from '@tutti/gateway';
import { ServiceMesh } from '@tutti/mesh';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

const server = createServer((request, response) => response.end(`${request.method} ${request.url}`)).listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const { port } = server.address() as { port: number };

const discovery = new ServiceDiscovery({ backend: memoryBackend() });
const mesh = new ServiceMesh({ endpoints: discovery, registry: discovery });
await discovery.start();
await mesh.start();
await discovery.registerService({ serviceName: 'voice-interface', host: '127.0.0.1', port, tags: ['voice', 'accessibility', 'ai'] });

const issuer = 'https://issuer.example';
const { publicKey, privateKey } = await generateKeyPair('ES256');
const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }] };
const token = await new SignJWT({ roles: ['member'] })
  .setProtectedHeader({ alg: 'ES256', kid: 'one' })
  .setIssuer(issuer)
  .setSubject('ada')
  .setExpirationTime('5m')
  .sign(privateKey);

const gateway = new APIGateway({ upstreams: mesh, authenticators: [jwt({ issuer, jwks })] });
gateway.addRoute({ path: '/api/v1/voice', methods: ['POST'], serviceName: 'voice-interface', timeout: '45s', roles: ['member'] });
await gateway.start();

const authorization = `Bearer ${token}`;
const response = await gateway.handleRequest({ method: 'POST', path: '/api/v1/voice/analyze', headers: { authorization }, body: 'audio' });
console.log(response.status, Buffer.from(response.body).toString());

// The same pipeline over HTTP.
const { url } = await gateway.listen({ port: 0 });
console.log((await fetch(`${url}/api/v1/voice/analyze`, { method: 'POST' })).status, 'without a token');
const wrongMethod = await fetch(`${url}/api/v1/voice/analyze`, { headers: { authorization } });
console.log(wrongMethod.status, 'allowed:', wrongMethod.headers.get('allow'));

await gateway.stop();
await mesh.stop();
await discovery.stop();
server.close();
