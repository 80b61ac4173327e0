import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findBinary } from './find-binary.ts';
import { freePort } from './free-port.ts';
import { ownProcess } from './owned-process.ts';

/** A web server of one test file, on a free loopback port, that answers every request in the same way and writes down each. */
export interface WebServer {
  readonly port: number;
  /** The requests it has read so far, as `method target`; what it could not read is among them, as it wrote it down. */
  requests(): readonly string[];
  stop(): Promise<void>;
}

interface Place {
  readonly folder: string;
  readonly port: number;
  /** Where requests are written down, a line each. */
  readonly log: string;
}

interface Program {
  readonly name: string;
  readonly arguments: (config: string, place: Place) => readonly string[];
  readonly config: (place: Place) => string;
  /** It writes requests to its standard output. */
  readonly logsToOutput?: boolean;
}

const nginx: Program = {
  name: 'nginx',
  arguments: (config, { folder }) => ['-c', config, '-p', folder],
  config: ({ folder, port, log }) => `
daemon off;
master_process off;
pid ${folder}/pid;
error_log stderr emerg;
events { worker_connections 512; }
http {
  log_format line '$request_method $request_uri';
  access_log ${log} line;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  client_max_body_size 0;
  keepalive_requests 1000000;
  server { listen 127.0.0.1:${port}; location / { return 200 "ok"; } }
}
`,
};

const haproxy: Program = {
  name: 'haproxy',
  arguments: (config) => ['-db', '-f', config],
  logsToOutput: true,
  config: ({ port }) => `
global
  log stdout format raw local0
defaults
  mode http
  log global
  option dontlognull
  log-format "%HM %HU"
  timeout client 30s
  timeout http-request 10s
frontend every
  bind 127.0.0.1:${port}
  http-request wait-for-body time 5s
  http-request return status 200 content-type text/plain string ok
`,
};

const modules = ['mpm_event', 'authz_core', 'rewrite'];
const apache: Program = {
  name: 'apache2',
  arguments: (config, { folder }) => ['-X', '-d', folder, '-f', config],
  config: ({ folder, port, log }) => `
${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
ServerName localhost
User nobody
Listen 127.0.0.1:${port}
PidFile ${folder}/pid
DefaultRuntimeDir ${folder}
ErrorLog ${folder}/error
LogLevel emerg
ThreadsPerChild 128
MaxRequestWorkers 128
KeepAlive On
KeepAliveTimeout 30
MaxKeepAliveRequests 0
LogFormat "%r" line
CustomLog ${log} line
DocumentRoot ${folder}
RewriteEngine On
RewriteRule ^ - [R=410,L]
`,
};

export const webServers: Readonly<Record<'nginx' | 'haproxy' | 'apache2', Program>> = { nginx, haproxy, apache2: apache };

export async function startWebServer(program: keyof typeof webServers): Promise<WebServer> {
  const { name, arguments: words, config, logsToOutput } = webServers[program];
  const folder = mkdtempSync(join(tmpdir(), `tutti-${name}-`));
  const place: Place = { folder, port: await freePort(), log: join(folder, 'requests') };
  writeFileSync(join(folder, 'config'), config(place));
  writeFileSync(place.log, '');
  const command = [findBinary(name) ?? name, ...words(join(folder, 'config'), place)];
  const logged = ['-c', `exec "$@" >${place.log}`, name, ...command];
  const server = await (logsToOutput ? ownProcess('sh', logged) : ownProcess(command[0] as string, command.slice(1)));
  const stop = async (): Promise<void> => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const endsAt = performance.now() + 10_000; !(await listens(place.port)); await pause(20))
      if (performance.now() > endsAt) throw new Error(`${name} did not answer: ${server.output()}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port: place.port, stop, requests: () => requestsIn(readFileSync(place.log, 'latin1')) };
}

function requestsIn(log: string): readonly string[] {
  return log
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/ HTTP\/[\d.]+$/, ''));
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.once('connect', () => socket.destroy());
    socket.once('error', () => resolve(false));
  });
}
