import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { eventually } from '../../src/testing/index.ts';

export interface RedisServers {
  readonly ports: readonly number[];
  stop(): Promise<void>;
}

/** A port that is free now, and whose cluster bus port is too. */
async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    server.close();
    await once(server, 'close');
    if (port < 55_000) return port;
  }
}

/** Real servers that keep nothing on the disk; several are the masters of one cluster. */
export async function startRedis(count: 1 | 3): Promise<RedisServers> {
  const folder = await mkdtemp(join(tmpdir(), 'tutti-redis-'));
  const ports: number[] = [];
  const running: ChildProcess[] = [];
  for (let index = 0; index < count; index++) {
    const port = await freePort();
    const cluster = count === 1 ? [] : ['--cluster-enabled', 'yes', '--cluster-config-file', `nodes-${port}.conf`];
    const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', folder, ...cluster];
    running.push(spawn('redis-server', args, { stdio: 'ignore' }));
    ports.push(port);
  }
  const clients = ports.map((port) => new Redis({ port, retryStrategy: () => 50, maxRetriesPerRequest: null }));
  for (const client of clients) client.on('error', () => {});
  await Promise.all(clients.map((client) => client.ping()));
  if (count === 3) await makeCluster(clients, ports);
  for (const client of clients) client.disconnect();
  return {
    ports,
    async stop() {
      for (const server of running) {
        server.kill('SIGKILL');
        if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
      }
      await rm(folder, { recursive: true });
    },
  };
}

async function makeCluster(clients: readonly Redis[], ports: readonly number[]): Promise<void> {
  const starts = [0, 5_461, 10_923, 16_384];
  for (const [index, client] of clients.entries()) {
    await client.call('CLUSTER', 'ADDSLOTSRANGE', `${starts[index]}`, `${(starts[index + 1] ?? 0) - 1}`);
    await client.call('CLUSTER', 'SET-CONFIG-EPOCH', `${index + 1}`);
    if (index > 0) await client.call('CLUSTER', 'MEET', '127.0.0.1', `${ports[0]}`);
  }
  const whole = async (client: Redis): Promise<boolean> => {
    const info = `${await client.call('CLUSTER', 'INFO')}`;
    return info.includes('cluster_state:ok') && info.includes('cluster_known_nodes:3');
  };
  await eventually('the cluster is whole', async () => (await Promise.all(clients.map(whole))).every(Boolean), 20_000);
}
