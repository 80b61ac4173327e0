// @tutti/core/bottleneck

import { Throttle } from '@tutti/core';

export interface BottleneckLimiter {
  schedule<T>(work: () => Promise<T>): Promise<T>;
}

export interface BottleneckThrottleOptions {
  readonly operation: string;
  readonly limiter: BottleneckLimiter;
  readonly maxQueue?: number;
}

export declare function bottleneckThrottle(options: BottleneckThrottleOptions): Throttle;

export declare const bottleneckThrottleDefaults: {
  readonly maxQueue: 1000;
};
