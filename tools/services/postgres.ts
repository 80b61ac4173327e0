import { execFile } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findBinary } from './find-binary.ts';
import { freePort } from './free-port.ts';
import { type OwnedProcess, ownProcess } from './owned-process.ts';
import type { TestServer } from './test-server.ts';

/** A Postgres of one test file, on a free loopback port, with the settings that Postgres comes with unless told otherwise. */
export interface PostgresServer extends TestServer {
  /** Of the database `postgres`, as a superuser. */
  readonly url: string;
  /** Makes a database and gives its URL. */
  createDatabase(name: string): Promise<string>;
}

const run = promisify(execFile);

/** @param settings As `name=value`, for `postgres -c`. */
export async function startPostgres(settings: readonly string[] = []): Promise<PostgresServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'tutti-postgres-'));
  const start = async (): Promise<OwnedProcess> => {
    const started = await launch(port, folder, settings);
    try {
      await answers(port, started);
    } catch (error) {
      await end(started);
      throw error;
    }
    return started;
  };
  try {
    await makeCluster(folder);
    let server = await start();
    const url = (database: string): string => `postgres://postgres@127.0.0.1:${port}/${database}`;
    return {
      port,
      url: url('postgres'),
      signal: (name) => server.signal(name),
      kill: () => end(server),
      async restart() {
        await end(server);
        server = await start();
      },
      async stop() {
        await end(server);
        rmSync(folder, { recursive: true, force: true });
      },
      async createDatabase(name) {
        await run(program('createdb'), ['-h', '127.0.0.1', '-p', String(port), '-U', 'postgres', name], { timeout: 20_000 });
        return url(name);
      },
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * For suites that stop nothing and remove the schemas they add: the Postgres at TUTTI_POSTGRES_URL, which is left as it is, and
 * where there is none one of their own.
 */
export async function anyPostgres(settings: readonly string[] = []): Promise<Pick<PostgresServer, 'url' | 'stop'>> {
  const url = process.env['TUTTI_POSTGRES_URL'];
  return url ? { url, stop: async () => {} } : startPostgres(settings);
}

const program = (name: string): string => findBinary(name) ?? name;

/** Postgres refuses to run as root. */
function asServer(command: string, args: readonly string[]): readonly [string, ...string[]] {
  if (process.getuid?.() !== 0) return [command, ...args];
  const { uid, gid } = serverUser();
  return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--', command, ...args];
}

function serverUser(): { readonly uid: number; readonly gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8').split('\n');
  const [, , uid, gid] = line.find((user) => user.startsWith('postgres:'))?.split(':') ?? [];
  if (!uid || !gid) throw new Error('postgres does not run as root, and there is no user postgres');
  return { uid: Number(uid), gid: Number(gid) };
}

async function makeCluster(folder: string): Promise<void> {
  chmodSync(folder, 0o700);
  if (process.getuid?.() === 0) {
    const { uid, gid } = serverUser();
    chownSync(folder, uid, gid);
  }
  const args = ['-D', join(folder, 'data'), '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'];
  const [command, ...rest] = asServer(program('initdb'), args);
  await run(command, rest, { timeout: 60_000, cwd: folder });
}

function launch(port: number, folder: string, settings: readonly string[]): Promise<OwnedProcess> {
  const own = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories='];
  const words = [...own, ...settings].flatMap((setting) => ['-c', setting]);
  const [command, ...args] = asServer(program('postgres'), ['-D', join(folder, 'data'), ...words]);
  return ownProcess(command, args);
}

/**
 * Children outlive a postmaster that was killed for a moment, and while one does no other can start. Stopped first, it has no
 * new ones while they are looked for.
 */
async function end(server: OwnedProcess): Promise<void> {
  let children: number[] = [];
  try {
    server.signal('SIGSTOP');
    children = childrenOf(server.pid);
  } catch {
    // it has ended already
  }
  await server.stop();
  for (const child of children) kill(child);
  for (const endsAt = performance.now() + 10_000; children.some(isThere); await pause(5)) {
    if (performance.now() > endsAt) throw new Error('children of postgres did not end');
  }
}

function childrenOf(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  return existsSync(file) ? readFileSync(file, 'utf8').split(' ').filter(Boolean).map(Number) : [];
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it ended with its postmaster
  }
}

/** A process that has ended and that nobody has asked about yet is gone too. */
function isThere(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function answers(port: number, server: OwnedProcess): Promise<void> {
  for (const endsAt = performance.now() + 30_000; performance.now() < endsAt; await pause(20)) {
    if (await isReady(port)) return;
    if (/FATAL: {2}.*lock file|could not bind|is still in use/.test(server.output())) break;
  }
  throw new Error(`postgres did not answer: ${server.output()}`);
}

/** Asks for a session and looks at the answer: `R` asks to log in, `E` says that it is starting up or recovering. */
function isReady(port: number): Promise<boolean> {
  const words = 'user\0postgres\0database\0postgres\0\0';
  const startup = Buffer.alloc(8 + words.length);
  startup.writeInt32BE(startup.length, 0);
  startup.writeInt32BE(196_608, 4); // protocol 3.0
  startup.write(words, 8);
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(startup));
    socket.setTimeout(1_000, () => socket.destroy());
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString('latin1', 0, 1) === 'R');
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
