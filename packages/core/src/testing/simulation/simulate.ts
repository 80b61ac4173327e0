import { messageOf } from '../../errors/message-of.ts';
import { checkOptions } from '../../options/check-options.ts';
import { callable, listOf, text, wholeNumber } from '../../options/rules.ts';
import { pinnedSeeds, pinSeed } from './seed-pins.ts';
import { type OneRun, runOnce, type Simulation } from './simulation.ts';

export interface SimulateOptions {
  readonly name: string;
  /** How many seeds are run, from `firstSeed` on. Whole, ≥ 0. @defaultValue 500 */
  readonly seeds?: number;
  /** Whole, ≥ 0. @defaultValue 1 */
  readonly firstSeed?: number;
  /** Seeds that failed once; they are run first, always. */
  readonly pinned?: readonly number[];
  /** A JSON file beside the test with more of them. With TUTTI_PIN=1 a seed that fails is added to it. */
  readonly pinFile?: URL;
  /** Runs the program and says, through invariants or by throwing, what is broken. */
  readonly run: (sim: Simulation) => Promise<void>;
}

export const simulateDefaults = { seeds: 500, firstSeed: 1 } as const;

/** Of how many seeds one is run twice, to see whether it repeats itself. */
const twiceEvery = 50;

export interface SimulationReport {
  readonly seeds: number;
  /** Words in all traces: messages, faults, what the program noted. */
  readonly steps: number;
}

/**
 * Runs a program under many seeds, each on a virtual clock of its own. Stops at the first seed that fails and throws one line that says what
 * broke and how to see it again: TUTTI_SEED=<seed> runs that one seed alone. Some seeds are run twice, the failing one among them, and a
 * run that does not repeat itself is a failure of its own, because then no seed means anything.
 *
 * @example
 * ```ts
 * import { simulate } from '@tutti/core/testing';
 *
 * const { seeds } = await simulate({
 *   name: 'a message',
 *   seeds: 20,
 *   async run(sim) {
 *     const network = sim.network({ loss: 0.5 });
 *     let heard = 0;
 *     network.node('one');
 *     network.node('other', ({ receive }) => receive('hello', () => heard++));
 *     sim.always('is never heard twice', () => heard <= 1);
 *     network.link('one', 'other').send('hello', 'there');
 *     await sim.pass(100);
 *   },
 * });
 * console.log(seeds);
 * ```
 */
export async function simulate(options: SimulateOptions): Promise<SimulationReport> {
  const {
    name,
    run,
    seeds,
    firstSeed,
    pinned = [],
    pinFile,
  } = checkOptions(
    'simulate',
    options,
    {
      required: { name: text, run: callable },
      optional: {
        seeds: wholeNumber(),
        firstSeed: wholeNumber(),
        pinned: listOf(wholeNumber()),
        pinFile: (value) => (value instanceof URL ? undefined : 'must be a URL'),
      },
    },
    simulateDefaults,
  );
  const only = process.env['TUTTI_SEED'];
  const drawn = Array.from({ length: seeds }, (_, index) => firstSeed + index);
  const all = only === undefined ? [...pinned, ...(pinFile ? pinnedSeeds(pinFile) : []), ...drawn] : [Number(only)];
  let steps = 0;
  for (const [index, seed] of all.entries()) {
    const once = await runOnce(seed, run);
    steps += once.steps;
    if (once.failure !== undefined || index % twiceEvery === 0) {
      const again = await runOnce(seed, run);
      if (again.hash !== once.hash) throw new Error(`${name}: seed ${seed} does not repeat itself; ${difference(once, again)}`);
    }
    if (once.failure === undefined) continue;
    if (pinFile && process.env['TUTTI_PIN'] === '1') pinSeed(pinFile, seed);
    throw new Error(failed(name, seed, once), { cause: once.failure });
  }
  return { seeds: all.length, steps };
}

function failed(name: string, seed: number, { failure, last }: OneRun): string {
  const [words = ''] = messageOf(failure).split('\n');
  return `${name}: seed ${seed} broke: ${words} (again with TUTTI_SEED=${seed})\nthe last that happened:\n  ${last.join('\n  ')}`;
}

function difference(once: OneRun, again: OneRun): string {
  const at = once.last.findIndex((words, index) => words !== again.last[index]);
  const where = at < 0 ? 'long before the end' : `once "${once.last[at]}", then "${again.last[at] ?? 'nothing'}"`;
  return `${once.steps} and ${again.steps} words in the trace, ${where}; take time and chance from sim.runtime alone`;
}
