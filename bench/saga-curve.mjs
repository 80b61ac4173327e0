// What finished sagas cost a new one: the kit on each store, measured where so and so many were finished before.
//   node saga-curve.mjs [--seconds 3] [--only sqlite] [--marks 0,10000,100000,1000000]
import { join } from 'node:path';
import kit from './kit/saga.mjs';
import { benchRoot, cli, wanted } from './lib/cli.mjs';
import { run, stopAll } from './lib/proc.mjs';
import * as services from './lib/services.mjs';
import { table } from './lib/stats.mjs';

const opts = cli({ seconds: 3 }, { marks: { type: 'string', default: '0,10000,100000,1000000' } });
const marks = opts.marks.split(',').map(Number);
for (const { name, needs } of kit.filter((c) => wanted(opts, c.name))) {
  const redis = needs.some((n) => n.startsWith('redis')) ? await services.redis({ appendfsync: needs.includes('redis-always') ? 'always' : 'everysec' }) : null;
  const pg = needs.includes('pg') ? await services.postgres() : null;
  const cfg = { name, marks, seconds: opts.seconds, concurrency: 256, redisPort: redis?.port, pgUrl: pg?.url(), dir: services.tempDir() };
  const { out, log } = await run(process.execPath, [join(benchRoot, 'lib/saga-curve-child.mjs'), JSON.stringify(cfg)]);
  const rows = [...out.matchAll(/ROW (.*)/g)].map(([, row]) => JSON.parse(row));
  const [first] = rows;
  table(`D curve: ${name}, ${opts.seconds} s at each mark and concurrency`, [
    ['finished before', (r) => r.finished], ['p50 ms at 1', (r) => r.p50], ['p99 ms at 1', (r) => r.p99], ['sagas/s at 256', (r) => r.rate], ['p50 to the first row', (r) => r.p50 / first.p50], ['rate to the first row', (r) => r.rate / first.rate],
  ], rows);
  const end = /STORED (\d+) of (\d+)/.exec(out);
  console.log(end ? `${end[1]} of ${end[2]} found in the store afterwards` : `not measured to its end: ${log.slice(0, 700)}`);
  await redis?.stop();
  await pg?.stop();
}
await stopAll();
process.exit(0);
