import { silentLogger } from '../runtime/logger.ts';
import { type ManualClock, manualClock } from '../runtime/manual-clock.ts';
import { seededRandom } from '../runtime/random.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { silentTelemetry } from '../runtime/telemetry.ts';

/** A runtime that stands still until its clock is moved, repeats itself exactly, and logs nothing. */
export interface TestRuntime extends Runtime {
  readonly clock: ManualClock;
}

/** @param seed The same seed gives the same ids and jitter. */
export function testRuntime(seed = 1): TestRuntime {
  return { clock: manualClock(1_700_000_000_000), logger: silentLogger, random: seededRandom(seed), telemetry: silentTelemetry };
}
