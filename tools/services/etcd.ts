import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findBinary } from './find-binary.ts';
import { freePort } from './free-port.ts';
import { type OwnedProcess, ownProcess } from './owned-process.ts';
import type { TestServer } from './test-server.ts';

/** An etcd of one test file: a cluster of one member, on a free loopback port. */
export type EtcdServer = TestServer;

export async function startEtcd(): Promise<EtcdServer> {
  const [port, peers] = [await freePort(), await freePort()];
  return started(port, port, { name: 'one', port, peers, folder: '', cluster: `one=http://127.0.0.1:${peers}` }, []);
}

/** One that makes itself a certificate and speaks nothing but TLS. */
export async function startSecureEtcd(): Promise<EtcdServer & { readonly certificate: string }> {
  const [port, peers, health] = [await freePort(), await freePort(), await freePort()];
  const place: Place = { name: 'one', port, peers, folder: '', cluster: `one=http://127.0.0.1:${peers}`, scheme: 'https' };
  const server = await started(port, health, place, ['--auto-tls', `--listen-metrics-urls=http://127.0.0.1:${health}`]);
  return { ...server, certificate: readFileSync(join(server.folder, 'data', 'fixtures', 'client', 'cert.pem'), 'utf8') };
}

async function started(
  port: number,
  health: number,
  place: Place,
  settings: readonly string[],
): Promise<EtcdServer & { readonly folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-etcd-'));
  const start = async (): Promise<OwnedProcess> => {
    const started = await launch({ ...place, folder }, settings);
    try {
      await answers(health, started);
    } catch (error) {
      await started.stop();
      throw error;
    }
    return started;
  };
  const clear = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    let server = await start();
    return {
      port,
      folder,
      url: `${place.scheme ?? 'http'}://127.0.0.1:${port}`,
      signal: (name) => server.signal(name),
      kill: () => server.stop(),
      async restart() {
        await server.stop();
        server = await start();
      },
      async stop() {
        await server.stop();
        clear();
      },
    };
  } catch (error) {
    clear();
    throw error;
  }
}

/** Of a cluster whose members can be ended one by one. */
export interface EtcdCluster {
  readonly urls: readonly string[];
  signal(member: number, name: NodeJS.Signals): void;
  kill(member: number): Promise<void>;
  restart(member: number): Promise<void>;
  stop(): Promise<void>;
}

/** Three members, of which any two are enough. */
export async function startEtcdCluster(): Promise<EtcdCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-etcd-cluster-'));
  const places: Place[] = [];
  for (const name of ['one', 'two', 'three']) {
    places.push({ name, port: await freePort(), peers: await freePort(), folder: join(folder, name), cluster: '' });
  }
  const cluster = places.map(({ name, peers }) => `${name}=http://127.0.0.1:${peers}`).join(',');
  const servers: OwnedProcess[] = [];
  const placeOf = (member: number): Place => places[member] as Place;
  const start = async (member: number): Promise<void> => {
    servers[member] = await launch({ ...placeOf(member), cluster }, []);
  };
  const isThere = (member: number): Promise<void> => answers(placeOf(member).port, servers[member] as OwnedProcess);
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const member of places.keys()) await start(member);
    await Promise.all(Array.from(places.keys(), isThere));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    urls: places.map(({ port }) => `http://127.0.0.1:${port}`),
    signal: (member, name) => servers[member]?.signal(name),
    kill: async (member) => servers[member]?.stop(),
    async restart(member) {
      await servers[member]?.stop();
      await start(member);
      await isThere(member);
    },
    stop,
  };
}

interface Place {
  readonly name: string;
  readonly port: number;
  readonly peers: number;
  readonly folder: string;
  readonly cluster: string;
  /** Of clients; 'http' when it is missing. */
  readonly scheme?: 'http' | 'https';
}

function launch({ name, port, peers, folder, cluster, scheme = 'http' }: Place, settings: readonly string[]): Promise<OwnedProcess> {
  const [client, peer] = [`${scheme}://127.0.0.1:${port}`, `http://127.0.0.1:${peers}`];
  const options: Readonly<Record<string, string>> = {
    name,
    'data-dir': join(folder, 'data'),
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': cluster,
    'log-level': 'error',
  };
  const words = Object.entries(options).flatMap(([option, value]) => [`--${option}`, value]);
  return ownProcess(findBinary('etcd') ?? 'etcd', [...words, ...settings]);
}

async function answers(port: number, server: OwnedProcess): Promise<void> {
  for (const endsAt = performance.now() + 30_000; performance.now() < endsAt; await pause(20)) if (await isHealthy(port)) return;
  throw new Error(`etcd did not answer: ${server.output()}`);
}

/** There is a leader, and it answers. */
async function isHealthy(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(1_000) });
    return ((await response.json()) as { readonly health?: string }).health === 'true';
  } catch {
    return false;
  }
}
