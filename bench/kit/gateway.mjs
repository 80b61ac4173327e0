// The kit's gateway behind the kit's mesh, in a process of its own, beside the contestants of area A.
import { fileURLToPath } from 'node:url';

const server = fileURLToPath(new URL('gateway-server.mjs', import.meta.url));
const onewrite = 'bare undici dispatch one-write';
const cached = 'bare dispatch + all (token cache)';
const proxies = ['@fastify/http-proxy', '@fastify/reply-from', 'fast-gateway', 'express + http-proxy-middleware', 'moleculer-web'];
const stacks = ['fastify stack', 'fastify stack (jwt cache)', 'express stack', 'fast-gateway stack', 'moleculer-web stack'];

/** Of the packages as they are published, whatever this process runs with. */
const env = { NODE_OPTIONS: '' };

/** `perCpu` is requests per CPU second. */
const goals = [
  { metric: 'perCpu', of: onewrite, atLeast: 0.85 },
  { metric: 'perCpu', of: proxies, atLeast: 1.3 },
  { metric: 'p99', of: onewrite, atMost: 1.5 },
  { metric: 'rss', of: onewrite, atMost: 1.15 },
  { metric: 'perCpu', of: cached, atLeast: 0.85 },
  { metric: 'perCpu', of: stacks, atLeast: 1.9 },
  { metric: 'p99', of: cached, atMost: 1.5 },
  { metric: 'rss', of: cached, atMost: 1.15 },
];
const hardware = { metric: 'perCpu', of: 'haproxy' };

export default [
  { name: 'tutti gateway', modes: ['plain'], cmd: [process.execPath, server, 'plain'], env, goals: [...goals, hardware] },
  {
    name: 'tutti gateway, secured',
    modes: ['secure'],
    cmd: [process.execPath, server, 'secure'],
    env,
    /** HAProxy checks each token anew, which costs it most with ES256. */
    goals: [...goals, process.argv.includes('ES256') ? { ...hardware, atLeast: 1.9 } : hardware],
  },
];
