import { type ConfigStore, coreError, messageOf, type Repeating, type Runtime, repeat } from '@tutti/core';
import { FollowedPlan, planKey } from './followed-plan.ts';
import { Freshness } from './freshness.ts';
import { within } from './within.ts';

export interface PlanFollowerOptions {
  readonly store: ConfigStore;
  readonly freshForMs: number;
  /** A process that did nothing for longer stood still, and its record may have ended. */
  readonly awakeForMs: number;
  readonly whenStoreIsAway: 'keep' | 'refuse';
  readonly runtime: Runtime;
  /** Called after a plan, or whether the store is away, has changed. */
  readonly onChange: () => void;
}

/** The first may have been begun before the process stood still, and then says nothing of now. */
const attempts = 2;

/**
 * Follows the plans of services: hears of changes by watching, and reads all plans anew in every third of `freshForMs`, because a
 * watch cannot tell "nothing has changed" from "nothing was heard".
 */
export class PlanFollower {
  readonly #options: PlanFollowerOptions;
  /** When the store was read last. */
  readonly #freshness: Freshness;
  /** When it was last tried in vain, without a pause since it could be read; a pause ends that until it is read. */
  readonly #awake: Freshness;
  readonly #plans = new Map<string, FollowedPlan>();
  readonly #unwatch: (() => void)[] = [];
  readonly #turnMs: number;
  #loop: Repeating | undefined;
  #refreshing: Promise<void> | undefined;
  #away: unknown;

  constructor(options: PlanFollowerOptions) {
    this.#options = options;
    this.#freshness = new Freshness(options.freshForMs);
    this.#awake = new Freshness(options.awakeForMs);
    this.#turnMs = options.freshForMs / 3;
  }

  get plans(): readonly FollowedPlan[] {
    return [...this.#plans.values()];
  }

  /** Why the store could not be read last; undefined while it can be. */
  get away(): string | undefined {
    return this.#away === undefined ? undefined : messageOf(this.#away);
  }

  /** The plan of a service, followed from now on if it was not yet. */
  follow(serviceName: string): FollowedPlan {
    const followed = this.#plans.get(serviceName);
    if (followed) return followed;
    const plan = new FollowedPlan(serviceName);
    this.#unwatch.push(this.#options.store.watch(planKey(serviceName), (entry) => this.#take(plan, entry)));
    this.#plans.set(serviceName, plan);
    this.#loop?.trigger();
    return plan;
  }

  /** While the store is away and plans are kept, it is enough to have been awake: the record was there, and names this replica. */
  current(now: number): boolean {
    return this.#freshness.current(now) || (this.#away !== undefined && this.#keeps && this.#awake.current(now));
  }

  get #keeps(): boolean {
    return this.#options.whenStoreIsAway === 'keep';
  }

  /** Shared by all who ask at the same time. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  start(): void {
    const { runtime } = this.#options;
    this.#loop = repeat(runtime, { name: 'reading traffic plans', intervalMs: this.#turnMs }, () => this.#read());
    this.#loop.trigger();
  }

  async stop(reason: Error): Promise<void> {
    for (const unwatch of this.#unwatch) unwatch();
    for (const plan of this.#plans.values()) plan.abandon(reason);
    await this.#loop?.stop();
  }

  async #refresh(): Promise<void> {
    const { clock } = this.#options.runtime;
    for (let attempt = 0; attempt < attempts; attempt++) {
      await this.#read();
      if (this.current(clock.now())) return;
    }
    const problem = this.away ?? 'it answers too slowly to know that its answers still hold';
    throw coreError('STORE_UNAVAILABLE', { store: 'of traffic plans', problem, sent: false }, { cause: this.#away });
  }

  async #read(): Promise<void> {
    const { store, runtime } = this.#options;
    const { plans } = this;
    const began = runtime.clock.now();
    try {
      const entries = await within(runtime, 'reading traffic plans', this.#turnMs, () =>
        Promise.all(plans.map(({ serviceName }) => store.get(planKey(serviceName)))),
      );
      for (const [at, plan] of plans.entries()) this.#take(plan, entries[at]);
      this.#freshness.confirmed(began); // what was written after this may not have been seen
      this.#awake.end();
      this.#noteAway(undefined);
    } catch (error) {
      this.#noteAway(error);
      const ended = runtime.clock.now();
      if (ended - began > this.#options.freshForMs / 2) return; // this process stood still, which says nothing of the store
      if (this.#freshness.current(ended) || this.#awake.current(ended)) this.#awake.confirmed(ended);
    }
  }

  #take(plan: FollowedPlan, entry: Parameters<FollowedPlan['take']>[0]): void {
    const { refused } = plan;
    if (!plan.take(entry)) return;
    if (plan.refused && plan.refused !== refused)
      this.#options.runtime.logger.log('error', 'a traffic plan cannot be read; the last good one stays', {
        serviceName: plan.serviceName,
        ...plan.refused,
        followed: plan.active.revision,
      });
    this.#options.onChange();
  }

  #noteAway(error: unknown): void {
    const changed = (error === undefined) !== (this.#away === undefined);
    this.#away = error;
    if (!changed) return;
    if (error !== undefined) {
      const what = this.#keeps ? 'the last ones stay' : 'nothing is routed until they can be';
      this.#options.runtime.logger.log('warn', `traffic plans cannot be read; ${what}`, { error });
    }
    this.#options.onChange();
  }
}
