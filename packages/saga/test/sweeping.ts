import { basename, join } from 'node:path';
import { type CrashSweep, sweepCrashPoints } from '@tutti/core/testing';
import type { SagaStore } from '@tutti/saga';
import { broken, Ledger } from './ledger.ts';
import { liveOnce, type SweptLife, sweptSteps } from './programs/swept-saga.ts';

export interface SweptStore {
  /** Beside this file. */
  readonly module: string;
  /** `$FOLDER` stands for the folder of a life, `$NAME` for its name as an identifier. */
  readonly config: string;
}

/** A renewal comes when its time comes, and a release when a life ends in the middle of something, so not every life has the same. */
const isOfEveryLife = (point: string): boolean => /^saga\.(?!renew\/|release\/)/.test(point);

/** A life that is slow for longer than its lease loses it, claims its saga again, and tries again what it was at. */
const isOfSlowLives = (point: string): boolean => !point.endsWith('/1') || point.startsWith('saga.claim/');

export function lifeIn(folder: string, { module, config }: SweptStore): Pick<SweptLife, 'folder' | 'module' | 'config'> {
  const name = basename(folder).replaceAll('-', '_').toLowerCase();
  return {
    folder,
    module: new URL(module, import.meta.url).href,
    config: JSON.parse(config.replaceAll('$FOLDER', folder).replaceAll('$NAME', name)),
  };
}

/** Lets a saga that was cut off come to its end, and compares what was done with how it ended. */
export async function checkedEnd(life: SweptLife): Promise<readonly string[]> {
  const { status, rows } = await liveOnce(life);
  // what is written with its outcome in one commit is not in the ledger
  const inDatabase = rows === undefined ? [] : life.ending === 'book' ? ['d', 'pivot'] : ['d'];
  const steps = sweptSteps.filter((step) => !inDatabase.includes(step));
  const booked = rows === undefined || rows === (status === 'completed' ? inDatabase.length : 0);
  const effects = new Ledger(join(life.folder, 'ledger')).effects;
  return [...broken(effects, status, steps, 'pivot'), ...(booked ? [] : [`${status} with ${rows} rows`])];
}

/** Kills first lives at the points, and lets each saga come to its end in a second one here. */
export function sweep(
  store: SweptStore,
  ending: SweptLife['ending'],
  options: {
    readonly wanted?: (point: string) => boolean;
    readonly changed?: (store: SagaStore) => SagaStore;
    /** The life that dies writes statements apart from their checkpoints. */
    readonly apart?: boolean;
  } = {},
): Promise<CrashSweep> {
  const { wanted = () => true, changed, apart = false } = options;
  return sweepCrashPoints({
    program: new URL('programs/sweep-worker.ts', import.meta.url),
    args: [ending, new URL(store.module, import.meta.url).href, store.config, ...(apart ? ['apart'] : [])],
    wanted: (point) => isOfEveryLife(point) && wanted(point),
    mayMiss: isOfSlowLives,
    check: (folder) => checkedEnd({ ...lifeIn(folder, store), ending, ...(changed && { store: changed }) }),
  });
}

export const namesOf = ({ points }: CrashSweep): readonly string[] =>
  [...new Set(points.map((point) => point.split('/')[0] as string))].sort();
