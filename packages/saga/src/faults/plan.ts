import { checkOptions, type Duration, duration, objectWith, oneOf, text, wholeNumber } from '@tutti/core';
import type { TcpFaultProxy } from '@tutti/core/testing';

/**
 * What is broken on purpose, to see that the trial notices. `fence`: writes of workers that no longer hold a saga are taken. `arming`: an intent without an
 * outcome is forgotten, as where the undo is armed after success. `lease`: sagas can be claimed while somebody holds them.
 */
export type Sabotage = 'fence' | 'arming' | 'lease';

/** How the store is killed and started again; its address must stay the same. */
export interface StoreControl {
  kill(): Promise<void>;
  restart(): Promise<void>;
}

/** A trial: how many sagas, on which store, and what goes wrong meanwhile. */
export interface SagaPlan {
  /** The URL of a module whose default export makes the store of a worker: `new URL('./my-worker.ts', import.meta.url).href`. */
  readonly module: string;
  /** Handed to it, as JSON. */
  readonly config: unknown;
  /** A folder for logs and the ledger of the world outside, which must be empty. */
  readonly folder: string;
  /** Chooses what fails, and when; printed in the report. */
  readonly seed: number;
  /** @defaultValue 1,000 */
  readonly sagas?: number;
  /** Processes that start sagas and carry them on. @defaultValue 3 */
  readonly workers?: number;
  /** @defaultValue '2s' */
  readonly lease?: Duration;
  /** SIGKILLs of random workers, a successor at once, 200 to 900 ms apart. @defaultValue 30 */
  readonly kills?: number;
  /** SIGSTOPs of workers for two leases. @defaultValue 6 */
  readonly pauses?: number;
  /** Whether a worker that was stopped just now may stay so: false where it holds what others wait for, as a lock. @defaultValue always */
  readonly mayPause?: () => Promise<boolean>;
  /** Killed and restarted at one and at two thirds. @defaultValue left alone */
  readonly store?: StoreControl;
  /** Between workers and store: connections are cut, half of them after a request and before its answer. @defaultValue none */
  readonly proxy?: TcpFaultProxy;
  /** @defaultValue 6 with a proxy */
  readonly cuts?: number;
  /** How long everything may take. @defaultValue '10m' */
  readonly timeout?: Duration;
  /** @defaultValue nothing */
  readonly sabotage?: Sabotage;
}

export const sagaPlanDefaults = { sagas: 1_000, workers: 3, lease: '2s', kills: 30, pauses: 6, cuts: 6, timeout: '10m' } as const;

export type ResolvedPlan = SagaPlan & Required<Pick<SagaPlan, keyof typeof sagaPlanDefaults>>;

/** @throws INVALID_OPTIONS naming the path. */
export function resolvePlan(plan: SagaPlan): ResolvedPlan {
  const count = wholeNumber({ min: 0 });
  const some = wholeNumber({ min: 1 });
  return checkOptions<SagaPlan, typeof sagaPlanDefaults>(
    'sagasEndRight',
    plan,
    {
      required: { module: text, config: () => undefined, folder: text, seed: count },
      optional: {
        sagas: some,
        workers: some,
        lease: duration,
        kills: count,
        pauses: count,
        mayPause: (value) => (typeof value === 'function' ? undefined : 'must be a function'),
        store: objectWith('a StoreControl', 'kill', 'restart'),
        proxy: objectWith('a TcpFaultProxy', 'change', 'heal', 'end'),
        cuts: count,
        timeout: duration,
        sabotage: oneOf('fence', 'arming', 'lease'),
      },
    },
    sagaPlanDefaults,
  );
}
