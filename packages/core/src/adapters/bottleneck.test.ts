import { setTimeout as pause } from 'node:timers/promises';
import Bottleneck from 'bottleneck';
import { describe, it } from 'vitest';
import { defaultRuntime } from '../runtime/runtime.ts';
import { checkLaws, layerLaws } from '../testing/index.ts';
import { throttleLaws } from '../testing/throttle-laws.ts';
import { bottleneckThrottle } from './bottleneck.ts';

describe('the throttle on bottleneck', () => {
  const everyMs = 40;
  const make = (): ReturnType<typeof bottleneckThrottle> =>
    bottleneckThrottle({ operation: 'printing', limiter: new Bottleneck({ minTime: everyMs, maxConcurrent: 1 }), maxQueue: 5 });
  checkLaws(it, layerLaws, () => ({ layer: make() }));
  checkLaws(it, throttleLaws, () => ({
    throttle: make(),
    runtime: defaultRuntime,
    everyMs,
    toleranceMs: everyMs / 2,
    pass: (ms) => pause(ms),
  }));
});
