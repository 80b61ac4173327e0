import { createServer } from 'node:http';

createServer().listen(Number(process.env.TAKEN_PORT), '127.0.0.1');
