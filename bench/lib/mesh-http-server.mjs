// One of the loopback servers of mesh-http.mjs: answers whatever it is asked with the same 1 KB, and says on stdout where it listens.
import { createServer } from 'node:http';

const body = Buffer.alloc(1_024, 'x');
const headers = { 'content-type': 'text/plain', 'content-length': '1024' };
const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (_request, response) => response.writeHead(200, headers).end(body));
server.listen(0, '127.0.0.1', () => console.log(`PORT ${server.address().port}`));
