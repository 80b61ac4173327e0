// The kit on one store: fills it with finished sagas, and measures new ones at each mark.
import { setTimeout as sleep } from 'node:timers/promises';
import kit from '../kit/saga.mjs';
import { pct, sortNum } from './stats.mjs';

const cfg = JSON.parse(process.argv[2]);
const s = await kit.find(({ name }) => name === cfg.name).setup(cfg);
let finished = 0;
let next = 0;
/** Closed loops until `holds` no longer does. */
async function load(concurrency, holds) {
  const lat = [];
  const t0 = performance.now();
  const loop = async () => {
    while (holds()) {
      const id = `saga-${next++}`;
      const t = performance.now();
      if ((await s.run(id)) !== `${id}:3`) throw new Error('wrong result');
      finished++;
      lat.push(performance.now() - t);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, loop));
  s.firsts().length = 0;
  return { rate: lat.length / ((performance.now() - t0) / 1000), lat: sortNum(lat) };
}
const forMs = (ms) => {
  const end = performance.now() + ms;
  return () => performance.now() < end;
};
await load(32, forMs(1_000)); // warm
for (const mark of cfg.marks) {
  await load(cfg.concurrency, () => next < mark);
  await sleep(2_000); // what the store does in the background after a flood is not what is measured
  const before = finished;
  const alone = await load(1, forMs(cfg.seconds * 1000));
  const many = await load(cfg.concurrency, forMs(cfg.seconds * 1000));
  console.log(`ROW ${JSON.stringify({ finished: before, p50: pct(alone.lat, 50), p99: pct(alone.lat, 99), rate: many.rate })}`);
}
console.log(`STORED ${await s.count()} of ${finished}`);
await Promise.race([s.close(), sleep(2000)]);
process.exit(0);
