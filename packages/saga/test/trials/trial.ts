import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { faultScale } from '@tutti/core/testing';
import { type SagaPlan, type SagaReport, sagasEndRight } from '../../src/faults/index.ts';

export const seed: number = Number(process.env['TUTTI_SEED'] ?? Math.floor(Math.random() * 1e9));

/** Test S: 1,000 sagas and all faults at full size, a tenth in every other run. */
export async function trial(name: string, worker: string, changes: (folder: string) => Partial<SagaPlan>): Promise<SagaReport> {
  const folder = await mkdtemp(join(tmpdir(), 'tutti-sagas-'));
  try {
    const report = await sagasEndRight({
      module: new URL(worker, import.meta.url).href,
      config: undefined,
      folder,
      seed,
      sagas: faultScale(1_000),
      kills: faultScale(30, 0.2),
      pauses: faultScale(6, 0.34),
      cuts: faultScale(6, 0.5),
      ...changes(folder),
    });
    const sorted = report.takeOverMs.toSorted((a, b) => a - b);
    const p99 = sorted[Math.ceil(sorted.length * 0.99) - 1];
    const counts = Object.entries(report).map(([what, found]) => [what, Array.isArray(found) ? found.length : found]);
    console.info(`${name}: ${JSON.stringify({ ...Object.fromEntries(counts), takeOverP99: p99 })}`);
    return report;
  } finally {
    await rm(folder, { recursive: true });
  }
}
