import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { broken, Ledger } from './ledger.ts';

const steps = ['a', 'b', 'c', 'd', 'last'];
const program = join(import.meta.dirname, 'programs', 'sweep-worker.ts');

interface Life {
  readonly signal: string | null;
  readonly ended: { readonly status: string; readonly writes: readonly string[] } | undefined;
}

async function live(folder: string, ...args: readonly string[]): Promise<Life> {
  const child = spawn(process.execPath, ['--conditions=@tutti/source', program, folder, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  const [, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { signal, ended: text === '' ? undefined : (JSON.parse(text) as Life['ended']) };
}

/** Dies at the point, comes back, and says what is broken then. */
async function dieAt(point: string, ending: string, modeAfterwards = 'normal'): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-sweep-'));
  try {
    const first = await live(folder, ending, 'normal', point);
    if (first.signal !== 'SIGKILL') return [`it did not die at ${point}`];
    const second = await live(folder, ending, modeAfterwards);
    return broken(new Ledger(join(folder, 'ledger')).effects, second.ended?.status ?? 'nothing', steps).map(
      (problem) => `killed at ${point}: ${problem}`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Every write of a run that is not disturbed, as points before and after it. */
async function pointsOf(ending: string): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-sweep-'));
  const { ended } = await live(folder, ending);
  rmSync(folder, { recursive: true });
  const counts = new Map<string, number>();
  return (ended?.writes ?? [])
    .filter((name) => name.startsWith('saga.') && name !== 'saga.renew')
    .flatMap((name) => {
      const count = (counts.get(name) ?? 0) + 1;
      counts.set(name, count);
      return [`${name}/before/${count}`, `${name}/after/${count}`];
    });
}

/** The two runs write the same until their last step, so the one that completes is swept only from there on. */
const isNew = (point: string): boolean => /^saga\.(intent\/\w+\/5|finish\/.*)$/.test(point);

async function sweep(ending: string): Promise<{ points: readonly string[]; problems: readonly string[] }> {
  const points = (await pointsOf(ending)).filter((point) => ending === 'fail' || isNew(point));
  const waiting = [...points];
  const problems: string[] = [];
  const work = async (): Promise<void> => {
    for (let point = waiting.shift(); point; point = waiting.shift()) problems.push(...(await dieAt(point, ending)));
  };
  await Promise.all([work(), work()]);
  return { points, problems };
}

describe('a saga on SQLite that is killed at each of its durable writes and comes back', () => {
  it.each(['complete', 'fail'])(
    'ends right each time, when it is to %s',
    async (ending) => {
      const { points, problems } = await sweep(ending);
      const names = new Set(points.map((point) => point.split('/')[0]));
      const undo = ['saga.start', 'saga.claim', 'saga.outcome', 'saga.failure', 'saga.undo-intent', 'saga.undo-outcome'];
      expect([...names].sort()).toEqual(['saga.finish', 'saga.intent', ...(ending === 'fail' ? undo : [])].sort());
      expect(problems).toEqual([]);
    },
    240_000,
  );

  it('control: with undo armed after success instead of at intent, an effect stays behind', async () => {
    // The next write after the effect of step `a` is the intent of the branch beside it: dying before that loses its outcome.
    expect(await dieAt('saga.intent/before/2', 'complete', 'armed-after-success')).toEqual([
      'killed at saga.intent/before/2: a was done and never undone',
    ]);
  }, 60_000);
});
