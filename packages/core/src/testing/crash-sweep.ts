import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkOptions } from '../options/check-options.ts';
import { callable, listOf, text, wholeNumber } from '../options/rules.ts';
import { crashPointVariable, writesFileVariable } from './fatal-writes.ts';

export interface CrashSweepOptions {
  /** The program whose lives are ended: it does its work on a `crashingDatabase` in the folder that is its first argument, and ends. */
  readonly program: URL;
  /** Further arguments. */
  readonly args?: readonly string[];
  /** Which of the points are swept, such as `saga.intent/before/2`. @defaultValue all */
  readonly wanted?: (point: string) => boolean;
  /** Opens what a life left that died at this point, carries it on where that is due, and says what is broken then. */
  readonly check: (folder: string, point: string) => Promise<readonly string[]>;
  /**
   * Points that not every life comes to, such as those of a retry: no problem when none of three lives has died at one that the undisturbed life had.
   * They are in `missed` then. @defaultValue none
   */
  readonly mayMiss?: (point: string) => boolean;
  /** How many points are swept at a time. Whole, ≥ 1. @defaultValue 3 */
  readonly parallel?: number;
}

export const crashSweepDefaults = { parallel: 3 } as const;

export interface CrashSweep {
  /** Every point that was swept: each write of an undisturbed life, before and after, at which another life has died. */
  readonly points: readonly string[];
  /** Those of `mayMiss` that no other life came to. Nothing was shown of them. */
  readonly missed: readonly string[];
  /** What was broken, with the point it was broken at. */
  readonly problems: readonly string[];
}

/**
 * Runs a program once undisturbed to learn the names of its writes. Then, for each of them, runs it twice more in new folders: it kills itself
 * with SIGKILL right before the write and right after it, and `check` says what is broken in what it left.
 */
export async function sweepCrashPoints(options: CrashSweepOptions): Promise<CrashSweep> {
  const {
    program,
    args = [],
    check,
    parallel,
  } = checkOptions(
    'sweepCrashPoints',
    options,
    {
      required: { program: (value) => (value instanceof URL ? undefined : 'must be a URL'), check: callable },
      optional: { args: listOf(text), wanted: callable, mayMiss: callable, parallel: wholeNumber({ min: 1 }) },
    },
    crashSweepDefaults,
  );
  const { wanted = () => true, mayMiss = () => false } = options;
  // Each life would compile the same sources again, which is most of what it does.
  const ownCache = await mkdtemp(join(tmpdir(), 'tutti-compiled-'));
  const cache = process.env['NODE_COMPILE_CACHE'] ?? ownCache;
  const live = (folder: string, env: Readonly<Record<string, string>>): Promise<Death> =>
    lifeOf(program, [folder, ...args], { ...env, NODE_COMPILE_CACHE: cache });
  try {
    const listed = (await pointsOf(live)).filter(wanted);
    const waiting = [...listed.entries()];
    const found: (readonly string[] | undefined)[] = [];
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [index, point] = next;
        found[index] = mayMiss(point) ? await withPatience(live, point, check) : ((await dieAt(live, point, check)) ?? [unreached(point)]);
      }
    };
    await Promise.all(Array.from({ length: parallel }, work));
    // in the order of the points, whichever life ended first
    return {
      points: listed.filter((_, index) => found[index] !== undefined),
      missed: listed.filter((_, index) => found[index] === undefined),
      problems: found.flatMap((problems) => problems ?? []),
    };
  } finally {
    await rm(ownCache, { recursive: true });
  }
}

type Live = (folder: string, env: Readonly<Record<string, string>>) => Promise<Death>;

interface Death {
  readonly code: number | null;
  readonly signal: string | null;
  readonly errors: string;
}

async function pointsOf(live: Live): Promise<readonly string[]> {
  return inFolder(async (folder) => {
    const writesFile = join(folder, 'names-of-writes.json');
    const { code, errors } = await live(folder, { [writesFileVariable]: writesFile });
    if (code !== 0) throw new Error(`the program ends with ${code} when nobody disturbs it: ${errors}`);
    const counts = new Map<string, number>();
    return (JSON.parse(await readFile(writesFile, 'utf8')) as readonly string[]).flatMap((name) => {
      const count = (counts.get(name) ?? 0) + 1;
      counts.set(name, count);
      return [`${name}/before/${count}`, `${name}/after/${count}`];
    });
  });
}

const unreached = (point: string): string => `it ended with 0 and not by its death at ${point}`;

/** How many lives may end without having come to a point that they may miss. */
const maxLives = 3;

async function withPatience(live: Live, point: string, check: CrashSweepOptions['check']): Promise<readonly string[] | undefined> {
  for (let life = 1; life <= maxLives; life++) {
    const problems = await dieAt(live, point, check);
    if (problems) return problems;
  }
  return undefined;
}

/** undefined when the life has come to its end without coming to the point. */
async function dieAt(live: Live, point: string, check: CrashSweepOptions['check']): Promise<readonly string[] | undefined> {
  return inFolder(async (folder) => {
    const { code, signal, errors } = await live(folder, { [crashPointVariable]: point });
    if (code === 0) return undefined;
    if (signal !== 'SIGKILL') return [`it ended with ${signal ?? code} and not by its death at ${point}: ${errors}`];
    return (await check(folder, point)).map((problem) => `killed at ${point}: ${problem}`);
  });
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'tutti-sweep-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** In the same way of running sources as this process, conditions of imports included. */
async function lifeOf(program: URL, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Death> {
  const child = spawn(process.execPath, [...process.execArgv, '--disable-warning=ExperimentalWarning', fileURLToPath(program), ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  });
  let errors = '';
  child.stderr.on('data', (data) => {
    errors += data;
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code, signal, errors };
}
