// Ignores everything it is asked: neither SIGTERM nor the loss of its manager ends it.
import { createServer } from 'node:http';

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => {});
process.on('disconnect', () => {});
const server = createServer((_request, response) => response.end('still here'));
server.listen(0, '127.0.0.1', () => process.send({ type: 'listening', port: server.address().port }));
