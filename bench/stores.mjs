// What a take costs and a million keys weigh, in memory beside a bare Map of token buckets and in Redis beside bare pipelined EVALSHA,
// in the same run.
//   node --expose-gc bench/stores.mjs [rounds]
import { createRequire } from 'node:module';
import { takeScript } from '../packages/core/src/adapters/redis/rate-script.ts';
import { redisConnection, redisRateLimiter } from '../packages/core/src/adapters/redis.ts';
import { leasedRateLimiter, memoryRateLimiter } from '../packages/core/src/index.ts';
import { findBinary } from '../tools/services/find-binary.ts';
import { startRedis } from '../tools/services/redis.ts';

const { Redis } = createRequire(new URL('../packages/core/package.json', import.meta.url))('ioredis');

const rounds = Number(process.argv[2] ?? 5);
/** A million buckets with keys of 40 characters. */
const memoryCapMiB = 128;
const takeCapNs = 200;

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const keyOf = (index) => `GET /api/v1/voice client:10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
/** Nothing of it comes back within a run, so that every bucket is kept. */
const limit = { tokens: 1_000_000, refillRate: 0.01 };

/** The least that counts a client: an object a key, never removed, nothing checked. */
function bareBuckets() {
  const buckets = new Map();
  return (key, { tokens, refillRate }) => {
    const now = performance.now();
    let bucket = buckets.get(key);
    if (!bucket) buckets.set(key, (bucket = { level: tokens, at: now }));
    bucket.level = Math.min(tokens, bucket.level + ((now - bucket.at) * refillRate) / 1_000);
    bucket.at = now;
    const allowed = bucket.level >= 1;
    if (allowed) bucket.level--;
    return { allowed, remaining: Math.floor(bucket.level) };
  };
}

async function nsPerTake(take, keys) {
  const count = 1_000_000;
  const began = performance.now();
  for (let index = 0; index < count; index++) take(keys[index % keys.length], limit);
  return ((performance.now() - began) / count) * 1e6;
}

async function nsPerAwaitedTake(take, keys) {
  const count = 1_000_000;
  const began = performance.now();
  for (let index = 0; index < count; index++) await take(keys[index % keys.length], limit);
  return ((performance.now() - began) / count) * 1e6;
}

async function speed() {
  console.log('take in memory | ns bare Map | ns takeNow | ratio | ns awaited take | cap ns');
  for (const count of [1, 1_000, 100_000]) {
    const keys = Array.from({ length: count }, (_, index) => keyOf(index));
    const bare = bareBuckets();
    const limiter = memoryRateLimiter();
    const ns = { bare: [], takeNow: [], take: [] };
    for (let round = 0; round <= rounds; round++) {
      ns.bare.push(await nsPerTake(bare, keys));
      ns.takeNow.push(await nsPerTake((key, of) => limiter.takeNow(key, of), keys));
      ns.take.push(await nsPerAwaitedTake((key, of) => limiter.take(key, of), keys));
    }
    const of = (name) => median(ns[name].slice(1));
    const ratio = median(ns.takeNow.slice(1).map((value, round) => value / ns.bare[round + 1]));
    const cells = [`${count.toLocaleString('en')} keys`, of('bare').toFixed(0), of('takeNow').toFixed(0), ratio.toFixed(2), of('take').toFixed(0), takeCapNs];
    console.log(cells.join(' | '));
  }
}

function memory() {
  if (!globalThis.gc) return console.log('memory: not measured, run with --expose-gc');
  const used = () => {
    globalThis.gc();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return (heapUsed + arrayBuffers) / 2 ** 20;
  };
  const fill = (take) => {
    const before = used();
    let slowestMs = 0;
    const began = performance.now();
    for (let index = 0; index < 1_000_000; index++) {
      const at = performance.now();
      take(keyOf(index), limit);
      slowestMs = Math.max(slowestMs, performance.now() - at);
    }
    const ns = performance.now() - began;
    return [(used() - before).toFixed(0), ns.toFixed(0), slowestMs.toFixed(0)];
  };
  console.log('a million keys of 35 to 40 characters | MiB | ns a new key | slowest ms | cap MiB');
  const bare = bareBuckets();
  console.log(['bare Map', ...fill(bare), ''].join(' | '));
  const limiter = memoryRateLimiter();
  console.log(['memoryRateLimiter', ...fill((key, of) => limiter.takeNow(key, of)), memoryCapMiB].join(' | '));
  if (limiter.size !== 1_000_000) throw new Error(`only ${limiter.size} keys are kept`);
  bare('kept', limit);
}

/** Takes a second with so many under way, over 64 keys. */
async function takesPerSecond(takeMany, inFlight) {
  let taken = 0;
  const began = performance.now();
  while (performance.now() < began + 700) taken += await takeMany(inFlight);
  return (taken / (performance.now() - began)) * 1_000;
}

async function redis() {
  if (!findBinary('redis-server')) return console.log('Redis: not measured, there is no redis-server');
  const server = await startRedis();
  const connection = redisConnection({ url: server.url });
  await connection.start();
  const limiter = redisRateLimiter({ connection });
  const leased = leasedRateLimiter(limiter, { batch: 100, nodes: 1 });
  const keys = Array.from({ length: 64 }, (_, index) => keyOf(index));
  // the same script, nothing checked, and all commands of a turn in one write
  const client = new Redis(server.port);
  const sha = await client.script('LOAD', takeScript.text);
  const bare = async (count) => {
    const pipeline = client.pipeline();
    for (let index = 0; index < count; index++) pipeline.evalsha(sha, 1, `bare:${keys[index % 64]}`, limit.tokens, limit.refillRate, 1);
    await pipeline.exec();
    return count;
  };
  const through = (of) => async (count) => {
    await Promise.all(Array.from({ length: count }, (_, index) => of.take(keys[index % 64], limit)));
    return count;
  };
  console.log('takes a second in Redis | bare pipelined EVALSHA | redisRateLimiter | ratio | leased, batch 100');
  for (const inFlight of [1, 64, 512]) {
    const rates = { bare: [], strict: [], leased: [] };
    for (let round = 0; round <= rounds; round++) {
      rates.bare.push(await takesPerSecond(bare, inFlight));
      rates.strict.push(await takesPerSecond(through(limiter), inFlight));
      rates.leased.push(await takesPerSecond(through(leased), inFlight));
    }
    const of = (name) => median(rates[name].slice(1));
    const ratio = median(rates.strict.slice(1).map((rate, round) => rate / rates.bare[round + 1]));
    console.log([`${inFlight} at once`, of('bare').toFixed(0), of('strict').toFixed(0), ratio.toFixed(2), of('leased').toFixed(0)].join(' | '));
  }
  client.disconnect();
  await connection.stop();
  await server.stop();
}

await speed();
memory();
await redis();
