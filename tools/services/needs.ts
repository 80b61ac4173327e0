import { describe } from 'vitest';
import { findBinary } from './find-binary.ts';

type Program =
  | 'redis-server'
  | 'rabbitmq-server'
  | 'postgres'
  | 'etcd'
  | 'strace'
  | 'nginx'
  | 'haproxy'
  | 'apache2'
  | 'chromium-headless-shell';

/**
 * A suite that needs a server: run where its program is found, skipped by name where not, and a failure where
 * TUTTI_REQUIRE_SERVICES says that nothing may be missing. With `or` an address in that variable of the environment will do.
 */
export function describeWith(program: Program, title: string, suite: () => void, or?: 'TUTTI_REDIS_URL' | 'TUTTI_POSTGRES_URL'): void {
  if (findBinary(program) || (or && process.env[or])) describe(title, suite);
  else if (process.env['TUTTI_REQUIRE_SERVICES'] === '1') {
    describe(title, () => {
      throw new Error(`${program} is not installed: npm run services -- install`);
    });
  } else describe.skip(`${title} (needs ${program}: npm run services -- install)`, suite);
}
