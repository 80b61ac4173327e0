// How many picks a second each balancer makes at 10, 100 and 1,000 endpoints, and what a pick leaves to the garbage collector.
import { sizes } from './contestants/micro/mesh-picks.mjs';
import { cli } from './lib/cli.mjs';
import { micro } from './lib/micro.mjs';
import { table } from './lib/stats.mjs';

/** A lease is an object of some 270 bytes, give or take a boxed number or two; a pick must not make more where there are more endpoints. */
const moreBytes = 48;
/** What 100,000 picks may leave behind: counters that grew, code that was compiled. */
const growthKiB = 256;

const rows = await micro({
  area: 'mesh-picks',
  title: 'Mesh, one pick with its outcome',
  baseline: 'bare turn, 10',
  opts: cli({ rounds: 3, seconds: 0.3 }),
  groups: sizes.map((size) => `${size} endpoints`),
});
const bytesOf = (row) => row.extra?.bytes;
const fewest = (row) => bytesOf(rows.find(({ name }) => name === row.name.replace(/\d+$/, '10')) ?? row);
const met = (row) => (bytesOf(row) <= fewest(row) + moreBytes && row.extra.growth <= growthKiB ? 'yes' : 'NO');
table(`Mesh, memory of picks: at most ${moreBytes} bytes more than with 10 endpoints, and ${growthKiB} KiB left of 100,000`, [
  ['contestant', (row) => row.name], ['bytes a pick', bytesOf], ['KiB left of 100,000', (row) => row.extra?.growth], ['met', met],
], rows);
