// A GET of 1 KB through the mesh beside bare undici, to the same three servers in other processes.
//   node mesh-http.mjs [--rounds 3] [--seconds 2] [--concurrency 64] [--only x] [--skip x]      (NODE_OPTIONS=--conditions=@tutti/source)
import { join } from 'node:path';
import { benchRoot, cli, save, wanted } from './lib/cli.mjs';
import { goalTable } from './lib/goals.mjs';
import { run, start, stopAll } from './lib/proc.mjs';
import { median, roundRatio, spreadPct, table } from './lib/stats.mjs';

const bare = 'bare undici dispatch';
/** The same with as many headers as a call of the mesh carries. */
const equal = 'bare undici dispatch, headers of a call';
const goals = [{ metric: 'perCpu', of: bare, atLeast: 0.9 }, { metric: 'rate', of: bare, atLeast: 0.9 }];
const shown = [{ metric: 'perCpu', of: bare }, { metric: 'rate', of: bare }];
const contestants = [
  { name: bare },
  { name: equal, goals: shown },
  { name: 'bare undici request', goals: shown },
  { name: 'tutti mesh.call', goals: [...goals, { metric: 'perCpu', of: equal }] },
  { name: 'tutti mesh.call, within a call', goals: [...goals, { metric: 'perCpu', of: equal }] },
  { name: 'tutti mesh.call, round robin', goals },
  { name: 'tutti mesh.call, breakers and caps', goals },
  { name: 'tutti mesh.lease, dispatched by hand', goals },
];

const opts = cli({ rounds: 3, seconds: 2 }, { concurrency: { type: 'string', default: '64' } });
const list = contestants.filter(({ name }) => name === bare || wanted(opts, name));

const ports = await Promise.all([1, 2, 3].map(async () => {
  const server = start(process.execPath, [join(benchRoot, 'lib/mesh-http-server.mjs')]);
  return new Promise((resolve, reject) => {
    server.stdout.on('data', (text) => {
      const [, port] = /PORT (\d+)/.exec(text) ?? [];
      if (port) resolve(port);
    });
    server.on('exit', () => reject(new Error(`a server ended: ${server.log}`)));
  });
}));

const rounds = [];
const failed = {};
for (let r = 0; r < opts.rounds; r++) {
  const round = {};
  rounds.push(round);
  for (const { name } of r % 2 ? [...list].reverse() : list) {
    if (failed[name]) continue;
    const { out, log } = await run(process.execPath, [join(benchRoot, 'lib/mesh-http-child.mjs'), name, String(opts.seconds), opts.concurrency, ports.join()]);
    const [, result] = /RESULT (.*)/.exec(out) ?? [];
    if (result) round[name] = JSON.parse(result);
    else failed[name] = log.slice(0, 600);
  }
}
await stopAll();

const rows = list.filter(({ name }) => !failed[name]).map(({ name }) => {
  const of = (metric) => median(rounds.map((round) => round[name][metric]));
  const ratio = (metric) => roundRatio(rounds, name, bare, (result) => result[metric]);
  return { name, rate: of('rate'), perCpu: of('perCpu'), rateRatio: ratio('rate'), cpuRatio: ratio('perCpu'), spread: spreadPct(rounds.map((round) => round[name].rate)) };
});
const title = `Mesh over HTTP, GET 1 KB, ${opts.concurrency} at once, three servers`;
table(`${title}; ${opts.rounds} rounds of ${opts.seconds} s; baseline: ${bare}`, [
  ['client', (row) => row.name], ['answers/s', (row) => row.rate], ['answers/CPU second', (row) => row.perCpu], ['rate / baseline', (row) => row.rateRatio], ['1/cpu ratio', (row) => row.cpuRatio], ['±%', (row) => row.spread],
], rows);
goalTable(`${title}: goals`, list, rounds);
for (const [name, error] of Object.entries(failed)) console.log(`not measured: ${name}: ${error}`);
if (Object.keys(failed).length > 0) process.exitCode = 1;
save('mesh-http', { opts: { rounds: opts.rounds, seconds: opts.seconds, concurrency: opts.concurrency }, baseline: bare, rows, failed });
