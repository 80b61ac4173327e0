import { durationMs } from '@tutti/core';
import type { ResolvedPlan, Sabotage } from './plan.ts';

/** What a member process is told. */
export interface MemberTask {
  readonly role: 'producer' | 'consumer';
  /** Of this role, from 0; a successor has that of whom it follows. */
  readonly index: number;
  readonly module: string;
  readonly config: unknown;
  readonly folder: string;
  readonly seed: number;
  readonly messages: number;
  readonly keys: number;
  readonly producers: number;
  readonly concurrency: number;
  readonly lease: string;
  /** Between two messages of a key, so that something is published as long as faults go on. */
  readonly paceMs: number;
  readonly sabotage: Sabotage | undefined;
}

export function taskOf(plan: ResolvedPlan, role: MemberTask['role'], index: number): MemberTask {
  const { module, config, folder, seed, messages, keys, producers, concurrency, lease, sabotage } = plan;
  const faultsMs = (plan.kills + plan.cuts * (plan.proxy ? 1 : 0)) * 550 + plan.pauses * 2 * durationMs(lease);
  const paceMs = (faultsMs * 0.7) / Math.ceil(messages / keys);
  return { role, index, module, config, folder, seed, messages, keys, producers, concurrency, lease: String(lease), paceMs, sabotage };
}
