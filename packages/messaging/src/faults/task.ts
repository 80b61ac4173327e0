import type { ResolvedPlan } from './plan.ts';

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
  readonly sabotage: 'inbox' | 'confirm' | undefined;
}

export function taskOf(plan: ResolvedPlan, role: MemberTask['role'], index: number): MemberTask {
  const { module, config, folder, seed, messages, keys, producers, concurrency, lease, sabotage } = plan;
  return { role, index, module, config, folder, seed, messages, keys, producers, concurrency, lease: String(lease), sabotage };
}
