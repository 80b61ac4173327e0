// `npm run services -- install`: the servers that the tests start, from Debian's packages. Nothing is installed without being asked
// for, and no package may start a service of its own meanwhile. Without it the suites that need a server are skipped by name.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { findBinary } from './services/find-binary.ts';

/** Program and package. */
const services: Readonly<Record<string, string>> = {
  'redis-server': 'redis-server',
  'rabbitmq-server': 'rabbitmq-server',
  postgres: 'postgresql',
  etcd: 'etcd-server',
  strace: 'strace',
  slowhttptest: 'slowhttptest',
  nginx: 'nginx-light',
  haproxy: 'haproxy',
  apache2: 'apache2-bin',
  'chromium-headless-shell': 'chromium-headless-shell',
};
const policy = '/usr/sbin/policy-rc.d';

function install(missing: readonly string[]): number {
  const own = !existsSync(policy);
  if (own) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    spawnSync('apt-get', ['update', '-q'], { stdio: 'inherit', env });
    return spawnSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...missing], { stdio: 'inherit', env }).status ?? 1;
  } finally {
    if (own) rmSync(policy);
  }
}

const missing = Object.keys(services).filter((program) => !findBinary(program));
if (process.argv[2] !== 'install') {
  process.stdout.write(
    `found: ${Object.keys(services).filter(findBinary).join(', ') || 'none'}\nmissing: ${missing.join(', ') || 'none'}\n`,
  );
} else if (missing.length > 0) process.exitCode = install(missing.map((program) => services[program] as string));
