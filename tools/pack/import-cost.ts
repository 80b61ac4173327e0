import { execFileSync } from 'node:child_process';
import type { House } from './house.ts';

/**
 * What importing the floor may add to Node alone. The goal is 25 ms and 4 MiB, of which Node's own search for a package by its name takes
 * two; a fifth more is let pass, because machines differ.
 */
const mostMs = 30;
const mostMebibytes = 4.8;
const rounds = 9;

interface Cost {
  readonly ms: number;
  readonly mebibytes: number;
}

/** What `import '@tutti/core'` adds to Node alone. Least of several rounds on both sides: noise only ever adds. */
export function importCost(house: House): Cost {
  const bare: Cost[] = [];
  const loaded: Cost[] = [];
  for (let round = 0; round < rounds; round++) {
    bare.push(run(house, ''));
    loaded.push(run(house, "await import('@tutti/core');"));
  }
  const least = (costs: readonly Cost[], of: keyof Cost): number => Math.min(...costs.map((cost) => cost[of]));
  return { ms: least(loaded, 'ms') - least(bare, 'ms'), mebibytes: least(loaded, 'mebibytes') - least(bare, 'mebibytes') };
}

export function importProblems({ ms, mebibytes }: Cost): readonly string[] {
  const problem = `importing @tutti/core adds ${ms.toFixed(1)} ms and ${mebibytes.toFixed(1)} MiB to Node alone; ${mostMs} ms and ${mostMebibytes} MiB fail`;
  return ms > mostMs || mebibytes > mostMebibytes ? [problem] : [];
}

function run({ folder }: House, code: string): Cost {
  const startedAt = performance.now();
  const script = `${code} process.stdout.write(String(process.resourceUsage().maxRSS));`;
  const kibibytes = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: folder, encoding: 'utf8' });
  return { ms: performance.now() - startedAt, mebibytes: Number(kibibytes) / 1_024 };
}
