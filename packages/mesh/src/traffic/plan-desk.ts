import {
  type ConfigEntry,
  type ConfigStore,
  coreError,
  messageOf,
  type Rule,
  type TrafficPlan,
  type TrafficRevision,
  wellFormedText,
} from '@tutti/core';
import { checkPlan } from './check-plan.ts';
import { planKey, readPlan } from './followed-plan.ts';

const serviceNameRule: Rule = wellFormedText(256);

/** @throws INVALID_ARGUMENT */
export function checkServiceName(serviceName: string): void {
  const problem = serviceNameRule(serviceName);
  if (problem !== undefined) throw coreError('INVALID_ARGUMENT', { path: 'serviceName', problem });
}

/** Reads and writes plans in the store. Follows nothing. */
export class PlanDesk {
  readonly #store: ConfigStore;

  constructor(store: ConfigStore) {
    this.#store = store;
  }

  async apply(plan: TrafficPlan, expectedRevision: number, actor: string): Promise<number> {
    const { serviceName } = checkPlan(plan);
    return (await this.#store.put(planKey(serviceName), plan, expectedRevision, actor)).revision;
  }

  /** What was once a plan may be none to a newer version of this code, so it is read again before it is written again. */
  async rollback(serviceName: string, toRevision: number, actor: string): Promise<number> {
    checkServiceName(serviceName);
    const entries = await this.#store.history(planKey(serviceName), 1_000);
    const earlier = entries.find(({ revision }) => revision === toRevision);
    if (earlier) readPlan(serviceName, earlier.value);
    return (await this.#store.rollback(planKey(serviceName), toRevision, actor)).revision;
  }

  async history(serviceName: string, limit: number): Promise<readonly TrafficRevision[]> {
    checkServiceName(serviceName);
    return (await this.#store.history(planKey(serviceName), limit)).map((entry) => revisionOf(serviceName, entry));
  }

  /** @throws INVALID_ARGUMENT when the store has not come to the revision. */
  async mustHave(serviceName: string, revision: number): Promise<void> {
    const current = (await this.#store.get(planKey(serviceName)))?.revision ?? 0;
    if (Number.isSafeInteger(revision) && revision >= 1 && revision <= current) return;
    throw coreError('INVALID_ARGUMENT', { path: 'revision', problem: `must be from 1 to ${current}, got ${revision}` });
  }
}

function revisionOf(serviceName: string, { revision, value, actor, changedAt }: ConfigEntry): TrafficRevision {
  try {
    return { revision, plan: readPlan(serviceName, value), actor, changedAt };
  } catch (error) {
    return { revision, problem: messageOf(error), actor, changedAt };
  }
}
