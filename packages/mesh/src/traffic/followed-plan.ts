import { type ConfigEntry, coreError, messageOf, type TrafficPlan } from '@tutti/core';
import { type ActivePlan, activePlan } from './active-plan.ts';
import { checkPlan } from './check-plan.ts';

/** Where plans are kept in the ConfigStore. */
export function planKey(serviceName: string): string {
  return `mesh/traffic/${serviceName}`;
}

/** @throws INVALID_ARGUMENT for what is no plan, or the plan of another service. */
export function readPlan(serviceName: string, value: unknown): TrafficPlan {
  const plan = checkPlan(value);
  if (plan.serviceName !== serviceName)
    throw coreError('INVALID_ARGUMENT', { path: 'plan.serviceName', problem: `must be '${serviceName}', got '${plan.serviceName}'` });
  return plan;
}

/** A value in the store that is no plan. */
export interface RefusedPlan {
  readonly revision: number;
  readonly problem: string;
}

/** The plan of one service as this process follows it: the latest that could be read. */
export class FollowedPlan {
  readonly serviceName: string;
  #active: ActivePlan;
  #refused: RefusedPlan | undefined;
  #known = false;
  #heard = 0;
  readonly #ready = Promise.withResolvers<void>();

  constructor(serviceName: string) {
    this.serviceName = serviceName;
    this.#active = activePlan(serviceName, 0, undefined);
    this.#ready.promise.catch(() => {}); // whoever waits is told; nobody may wait
  }

  /** Replaced as a whole; read it once a request. */
  get active(): ActivePlan {
    return this.#active;
  }

  /** What stands in the store and is not followed, because it is no plan. */
  get refused(): RefusedPlan | undefined {
    return this.#refused;
  }

  /** Whether the store has answered once: before that nobody knows that there is no plan. */
  get known(): boolean {
    return this.#known;
  }

  /** Resolves when the store has answered for the first time; rejects when following ends before. */
  ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Takes what the store said, in any order: the highest revision counts. Returns whether anything is new. */
  take(entry: ConfigEntry | undefined): boolean {
    const isNew = !this.#known || (entry !== undefined && entry.revision > this.#heard);
    if (entry !== undefined && entry.revision > this.#heard) this.#change(entry);
    this.#known = true;
    this.#ready.resolve();
    return isNew;
  }

  abandon(reason: Error): void {
    this.#ready.reject(reason);
  }

  #change({ revision, value }: ConfigEntry): void {
    this.#heard = revision;
    try {
      this.#active = activePlan(this.serviceName, revision, readPlan(this.serviceName, value));
      this.#refused = undefined;
    } catch (error) {
      this.#refused = Object.freeze({ revision, problem: messageOf(error) });
    }
  }
}
