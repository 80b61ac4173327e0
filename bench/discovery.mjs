// What a lookup costs beside a bare Map.get, and what it costs a process to follow many endpoints of which many change.
//   node discovery.mjs [--seconds 5] [--endpoints 1000,10000] [--changes 1000]
import { join } from 'node:path';
import { benchRoot, cli, wanted } from './lib/cli.mjs';
import { micro } from './lib/micro.mjs';
import { run } from './lib/proc.mjs';
import { table } from './lib/stats.mjs';
import { sizes } from './contestants/micro/discovery.mjs';

/** A lookup that is known takes no longer. */
const mostNs = 2_000;
/** What a million lookups may leave behind: code that was compiled. */
const growthKiB = 256;

const opts = cli({ rounds: 3, seconds: 0.5 }, { endpoints: { type: 'string', default: '1000,10000' }, changes: { type: 'string', default: '1000' } });
const rows = await micro({ area: 'discovery', title: 'Discovery, one lookup', baseline: 'bare Map.get, 3', opts, groups: sizes.map((size) => `${size} endpoints`) });
table(`Discovery, lookups: at most ${mostNs} ns, and ${growthKiB} KiB left of a million`, [
  ['contestant', (r) => r.name], ['ns', (r) => r.p50], ['KiB left of 1,000,000', (r) => r.extra?.growthKiB], ['met', (r) => (r.p50 <= mostNs && (r.extra?.growthKiB ?? 0) <= growthKiB ? 'yes' : 'NO')],
], rows.filter(({ name }) => !name.startsWith('bare')));

if (wanted(opts, 'churn')) {
  const churn = [];
  for (const endpoints of opts.endpoints.split(',').map(Number)) {
    for (const followers of [1, 10]) {
      const cfg = { endpoints, changes: Number(opts.changes), seconds: Math.max(5, opts.seconds), followers };
      const { out, log } = await run(process.execPath, ['--expose-gc', join(benchRoot, 'lib/discovery-churn-child.mjs'), JSON.stringify(cfg)]);
      const [, row] = /ROW (.*)/.exec(out) ?? [];
      if (row) churn.push({ followers, ...JSON.parse(row) });
      else console.log(`not measured: ${log.slice(0, 700)}`);
    }
  }
  table('Discovery, a service that changes: the cost to one process, registry in memory included', [
    ['endpoints', (r) => r.endpoints], ['listeners', (r) => r.followers], ['changes/s', (r) => r.changesPerSecond], ['CPU %', (r) => r.cpuPct], ['MiB registry', (r) => r.registryMiB], ['MiB known', (r) => r.knownMiB], ['MiB grown', (r) => r.grownMiB], ['timers late p99 ms', (r) => r.lateP99Ms],
  ], churn);
}
process.exit(0);
