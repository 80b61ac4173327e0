import { checkOptions, type Duration, duration, flag, objectWith, text, wholeNumber } from '@tutti/core';
import type { TcpFaultProxy } from '@tutti/core/testing';

export type Sabotage = 'inbox' | 'confirm' | 'fence';
const sabotages: readonly unknown[] = ['inbox', 'confirm', 'fence'] satisfies Sabotage[];

/** How the broker is killed and started again; its port must stay the same. */
export interface BrokerControl {
  kill(): Promise<void>;
  restart(): Promise<void>;
}

/** A trial: what is sent, by whom it is heard, and what goes wrong meanwhile. */
export interface DeliveryPlan {
  /** The URL of a module whose default export makes the store of a member: `new URL('./my-member.ts', import.meta.url).href`. */
  readonly module: string;
  /** Handed to it, as JSON. */
  readonly config: unknown;
  /** A folder for logs and the ledger, which must be empty. */
  readonly folder: string;
  /** Chooses what fails, and when; printed in the report. */
  readonly seed: number;
  /** @defaultValue 10,000 */
  readonly messages?: number;
  /** Each message belongs to one of so many keys, whose order is kept. @defaultValue 100 */
  readonly keys?: number;
  /** @defaultValue 4 */
  readonly producers?: number;
  /** @defaultValue 4 */
  readonly consumers?: number;
  /** Handlers at once in each consumer. @defaultValue 16 */
  readonly concurrency?: number;
  /** @defaultValue '2s' */
  readonly lease?: Duration;
  /** Producers begin first: of a store with a history the subscription begins amid what is published. @defaultValue false */
  readonly early?: boolean;
  /** SIGKILLs of random members, a successor at once, 200 to 900 ms apart. @defaultValue 20 */
  readonly kills?: number;
  /** SIGSTOPs of consumers for two leases. @defaultValue 3 */
  readonly pauses?: number;
  /** Whether a member that was stopped just now may stay so: false where it holds what others wait for, as a lock. @defaultValue always */
  readonly mayPause?: () => Promise<boolean>;
  /** Killed and restarted at one and at two thirds. @defaultValue left alone */
  readonly broker?: BrokerControl;
  /** Between members and broker: connections are cut, half of them after a request and before its answer. @defaultValue none */
  readonly proxy?: TcpFaultProxy;
  /** @defaultValue 10 with a proxy */
  readonly cuts?: number;
  /** How long everything may take. @defaultValue '10m' */
  readonly timeout?: Duration;
  /** What is broken on purpose, to see that the trial notices: `inbox` effects without a memory, `confirm` publishes that do not wait for the store, `fence` outcomes that are taken for accepted by whoever comes too late. @defaultValue nothing */
  readonly sabotage?: Sabotage;
}

export const deliveryPlanDefaults = {
  messages: 10_000,
  keys: 100,
  producers: 4,
  consumers: 4,
  concurrency: 16,
  lease: '2s',
  early: false,
  kills: 20,
  pauses: 3,
  cuts: 10,
  timeout: '10m',
} as const;

export type ResolvedPlan = DeliveryPlan & Required<Pick<DeliveryPlan, keyof typeof deliveryPlanDefaults>>;

/** @throws INVALID_OPTIONS naming the path. */
export function resolvePlan(plan: DeliveryPlan): ResolvedPlan {
  const count = wholeNumber({ min: 0 });
  const some = wholeNumber({ min: 1 });
  return checkOptions<DeliveryPlan, typeof deliveryPlanDefaults>(
    'nothingLost',
    plan,
    {
      required: { module: text, config: () => undefined, folder: text, seed: wholeNumber({ min: 0 }) },
      optional: {
        messages: some,
        keys: some,
        producers: some,
        consumers: some,
        concurrency: some,
        lease: duration,
        early: flag,
        kills: count,
        pauses: count,
        mayPause: (value) => (typeof value === 'function' ? undefined : 'must be a function'),
        broker: objectWith('a BrokerControl', 'kill', 'restart'),
        proxy: objectWith('a TcpFaultProxy', 'change', 'heal', 'end'),
        cuts: count,
        timeout: duration,
        sabotage: (value) => (sabotages.includes(value) ? undefined : "must be 'inbox', 'confirm' or 'fence'"),
      },
    },
    deliveryPlanDefaults,
  );
}
