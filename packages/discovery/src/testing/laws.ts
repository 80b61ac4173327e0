import type { Law } from '@tutti/core/testing';
import type { BackendLawCapabilities, BackendSubject } from './backend-subject.ts';
import { busyLaws } from './busy-laws.ts';
import { contestLaws } from './contest-laws.ts';
import { discoveryLaws as outageLaws } from './discovery-laws.ts';
import { leaseLaws as lifeLaws } from './lease-laws.ts';
import { malformedLaws } from './malformed-laws.ts';
import { namingLaws } from './naming-laws.ts';
import { processLaws } from './process-laws.ts';
import { readLaws } from './read-laws.ts';
import { watchLaws as newsLaws } from './watch-laws.ts';

export { malformedLaws, readLaws };

/** What watches hear, of any name and value, and while much happens. */
export const watchLaws: readonly Law<BackendSubject>[] = [...newsLaws, ...namingLaws, ...busyLaws];

/** How lives begin, last and end, and who may do what to them. */
export const leaseLaws: readonly Law<BackendSubject>[] = [...lifeLaws, ...contestLaws];

/** What ServiceDiscovery makes of a registry: alone, among others, and while it cannot be reached. */
export const discoveryLaws: readonly Law<BackendSubject>[] = [...outageLaws, ...processLaws];

/**
 * All of them, for `checkLaws(test, backendLaws, makeSubject, { registers, plants })`. A registry that is only read runs
 * `readLaws` and `malformedLaws`. A ConfigStore on the same registry runs `configStoreLaws` of `@tutti/core/testing`.
 */
export const backendLaws: readonly Law<BackendSubject, BackendLawCapabilities>[] = [
  ...watchLaws,
  ...leaseLaws,
  ...malformedLaws,
  ...readLaws,
  ...discoveryLaws,
];
