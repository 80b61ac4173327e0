import type { Clock } from './clock.ts';
import { jsonLogger, type Logger } from './logger.ts';
import { type Random, systemRandom } from './random.ts';
import { realClock } from './real-clock.ts';
import { silentTelemetry, type Telemetry } from './telemetry.ts';

/** Everything a part may take from outside itself. Passed in, never global, so that a whole system can run on a virtual clock from a seed. */
export interface Runtime {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: Random;
  readonly telemetry: Telemetry;
}

/** Real time, real randomness, warnings and errors as JSON lines on standard error, no telemetry. */
export const defaultRuntime: Runtime = Object.freeze({
  clock: realClock,
  logger: jsonLogger('warn'),
  random: systemRandom(),
  telemetry: silentTelemetry,
});
