import type { InspectableResource } from '@tutti/core';
import type { PatientLimiter } from './limits/patient-limiter.ts';

/** Who decides on limits now: the limiter, or what stands in for it. One item. */
export function inspectableLimiter(limiter: PatientLimiter): InspectableResource {
  return {
    name: 'limiter',
    async list() {
      const { isAway, errorBound, options } = limiter;
      const { onUnavailable, nodes, patienceMs, pauseMs } = options;
      // JSON has no infinity
      const bound = Number.isFinite(errorBound) ? errorBound : 'none';
      return { items: [{ decides: isAway ? onUnavailable : 'limiter', errorBound: bound, onUnavailable, nodes, patienceMs, pauseMs }] };
    },
  };
}
