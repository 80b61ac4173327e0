import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findBinary } from './find-binary.ts';
import { freePort } from './free-port.ts';
import { type OwnedProcess, ownProcess } from './owned-process.ts';
import type { TestServer } from './test-server.ts';

/** A RabbitMQ of one test file, on a free loopback port, with its own Erlang port mapper. A start takes about nine seconds. */
export interface RabbitServer extends TestServer {
  /** Runs `rabbitmqctl`. */
  control(...args: readonly string[]): Promise<string>;
}

const run = promisify(execFile);

export async function startRabbit(): Promise<RabbitServer> {
  const [port, distribution, mapper] = [await freePort(), await freePort(), await freePort()];
  const folder = mkdtempSync(join(tmpdir(), 'tutti-rabbit-'));
  chmodSync(folder, 0o755);
  const at = (name: string): string => join(folder, name);
  writeFileSync(at('rabbitmq.conf'), 'vm_memory_high_watermark.relative = 0.6\ndisk_free_limit.absolute = 50MB\n');
  writeFileSync(at('plugins'), '[].\n');
  const settings: Readonly<Record<string, string>> = {
    HOME: folder,
    LANG: 'C.UTF-8',
    RABBITMQ_NODENAME: `tutti${port}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(distribution),
    RABBITMQ_MNESIA_BASE: at('mnesia'),
    RABBITMQ_LOG_BASE: at('log'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_ENABLED_PLUGINS_FILE: at('plugins'),
    RABBITMQ_CONFIG_FILE: at('rabbitmq'),
    RABBITMQ_PID_FILE: at('pid'),
    ERL_EPMD_PORT: String(mapper),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}',
    // together: the script becomes the machine, so that a signal to it reaches the machine
    RABBITMQ_ALLOW_INPUT: '1',
    RABBITMQ_SERVER_START_ARGS: '-noinput',
  };
  const words = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  const program = '/usr/lib/rabbitmq/bin';
  /** The scripts there start the machine itself, in place of the ones in PATH, which change the user first. */
  const launch = (name: string, args: readonly string[]): Promise<OwnedProcess> => ownProcess('env', [...words, name, ...args]);

  const ports = await launch(findBinary('epmd') ?? 'epmd', ['-port', String(mapper), '-address', '127.0.0.1']);
  await listens(mapper);
  const start = async (): Promise<OwnedProcess> => {
    const started = await launch(`${program}/rabbitmq-server`, []);
    try {
      await answers(port, started);
    } catch (error) {
      await started.stop();
      throw error;
    }
    return started;
  };
  let server: OwnedProcess;
  try {
    server = await start();
  } catch (error) {
    await ports.stop();
    throw error;
  }
  return {
    port,
    url: `amqp://guest:guest@127.0.0.1:${port}`,
    signal: (name) => server.signal(name),
    kill: () => server.stop(),
    async restart() {
      await server.stop();
      server = await start();
    },
    async control(...args) {
      const { stdout } = await run(`${program}/rabbitmqctl`, [...args], { env: { ...process.env, ...settings }, timeout: 30_000 });
      return stdout;
    },
    async stop() {
      await server.stop();
      await ports.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function listens(port: number): Promise<void> {
  for (const endsAt = performance.now() + 10_000; performance.now() < endsAt; await pause(20)) {
    const socket = connect(port, '127.0.0.1').on('error', () => {}); // seen by the race
    const open = await Promise.race([
      once(socket, 'connect').then(
        () => true,
        () => false,
      ),
      once(socket, 'close').then(() => false),
    ]);
    socket.destroy();
    if (open) return;
  }
  throw new Error(`nothing listens on port ${port}`);
}

async function answers(port: number, server: OwnedProcess): Promise<void> {
  for (const endsAt = performance.now() + 60_000; performance.now() < endsAt; await pause(100)) {
    if (await greets(port)) return;
  }
  throw new Error(`rabbitmq-server did not answer: ${server.output()}`);
}

/** It answers to a client of another version with its own. */
function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('AMQP\0\0\0\0'));
    socket.setTimeout(2_000, () => socket.destroy());
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString('latin1').startsWith('AMQP'));
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
