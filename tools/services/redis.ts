import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findBinary } from './find-binary.ts';
import { freePort } from './free-port.ts';
import { type OwnedProcess, ownProcess } from './owned-process.ts';
import type { TestServer } from './test-server.ts';

/** A Redis of one test file, on a free loopback port, that keeps nothing on disk unless told to. */
export type RedisServer = TestServer;

const run = promisify(execFile);

export async function startRedis(settings: readonly string[] = []): Promise<RedisServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'tutti-redis-'));
  const start = async (): Promise<OwnedProcess> => {
    const started = await launch(port, folder, settings);
    try {
      await answers(port, started);
    } catch (error) {
      await started.stop();
      throw error;
    }
    return started;
  };
  let server = await start();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    signal: (name) => server.signal(name),
    kill: () => server.stop(),
    async restart() {
      await server.stop();
      server = await start();
    },
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * For suites that stop nothing and remove the keys they add: the Redis at TUTTI_REDIS_URL, which is left as it is, and
 * where there is none one of their own.
 */
export async function anyRedis(): Promise<Pick<RedisServer, 'url' | 'stop'>> {
  const url = process.env['TUTTI_REDIS_URL'];
  return url ? { url, stop: async () => {} } : startRedis();
}

export interface RedisCluster {
  /** Addresses of all masters. */
  readonly nodes: readonly string[];
  signal(node: number, name: NodeJS.Signals): void;
  stop(): Promise<void>;
}

/** Three masters without replicas: enough to see what does not keep to one slot. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-cluster-'));
  const servers: OwnedProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const ports = await joinedMasters(folder, servers);
    return { nodes: ports.map((port) => `redis://127.0.0.1:${port}`), signal: (node, name) => servers[node]?.signal(name), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Puts the servers into the list as they start, so that what has started can be stopped when the next one does not. */
async function joinedMasters(folder: string, servers: OwnedProcess[]): Promise<number[]> {
  const ports: number[] = [];
  for (let node = 0; node < 3; node++) {
    const [port, bus] = [await freePort(), await freePort()];
    const config = ['--cluster-enabled', 'yes', '--cluster-config-file', `nodes-${port}.conf`, '--cluster-node-timeout', '2000'];
    const server = await launch(port, folder, [...config, '--cluster-port', String(bus)]);
    servers.push(server);
    await answers(port, server);
    ports.push(port);
  }
  await run('redis-cli', ['--cluster', 'create', ...ports.map((port) => `127.0.0.1:${port}`), '--cluster-yes'], { timeout: 20_000 });
  for (const port of ports) await joins(port);
  return ports;
}

async function joins(port: number): Promise<void> {
  for (const endsAt = performance.now() + 10_000; performance.now() < endsAt; await pause(50)) {
    const { stdout } = await run('redis-cli', ['-p', String(port), 'cluster', 'info'], { timeout: 5_000 });
    if (stdout.includes('cluster_state:ok')) return;
  }
  throw new Error(`the node at port ${port} did not join the cluster`);
}

function launch(port: number, folder: string, settings: readonly string[]): Promise<OwnedProcess> {
  const binary = findBinary('redis-server') ?? 'redis-server';
  const own = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  return ownProcess(binary, [...own, ...settings]);
}

async function answers(port: number, server: OwnedProcess): Promise<void> {
  for (const endsAt = performance.now() + 10_000; performance.now() < endsAt; await pause(20)) {
    if (await pings(port)) return;
  }
  throw new Error(`redis-server did not answer: ${server.output()}`);
}

function pings(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.setTimeout(500, () => socket.destroy());
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString().startsWith('+PONG'));
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
