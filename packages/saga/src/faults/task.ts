import type { ResolvedPlan, Sabotage } from './plan.ts';

/** What a worker process is told. */
export interface WorkerTask {
  readonly role: 'worker';
  /** From 0; a successor has that of whom it follows. */
  readonly index: number;
  readonly workers: number;
  readonly module: string;
  readonly config: unknown;
  readonly folder: string;
  readonly seed: number;
  readonly sagas: number;
  readonly lease: string;
  /** Where the world outside is. */
  readonly world: string;
  /** Between two starts, so that something is started as long as faults go on. */
  readonly paceMs: number;
  readonly sabotage: Sabotage | undefined;
}

export function taskOf(plan: ResolvedPlan, index: number, world: string, faultsMs: number): WorkerTask {
  const { module, config, folder, seed, sagas, lease, workers, sabotage } = plan;
  const paceMs = (faultsMs * 0.7) / Math.ceil(sagas / workers);
  return { role: 'worker', index, workers, module, config, folder, seed, sagas, lease: String(lease), world, paceMs, sabotage };
}
