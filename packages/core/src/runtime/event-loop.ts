/** How the event loop did since the last look. */
export interface EventLoopSample {
  /** By how much timers were late, in milliseconds. */
  readonly delayP50Ms: number;
  readonly delayP99Ms: number;
  readonly delayMaxMs: number;
  /** The share of the time in which the loop was busy, from 0 to 1. */
  readonly utilization: number;
}

/** Watches the event loop of this thread. Real time only. */
export interface EventLoopMonitor {
  /** What happened since the last look, or since it began. */
  sample(): EventLoopSample;
  stop(): void;
}

const resolutionMs = 10;

/** Begins to watch. Costs a timer of ten milliseconds, in the event loop's own code, and does not keep the process alive. */
export function eventLoopMonitor(): EventLoopMonitor {
  const { monitorEventLoopDelay } = process.getBuiltinModule('node:perf_hooks');
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  let before = performance.eventLoopUtilization();
  // the histogram holds the time between two ticks of its timer, so an idle loop shows the resolution
  const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - resolutionMs);
  return {
    sample() {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, before);
      before = now;
      const empty = delays.count === 0;
      const sample: EventLoopSample = {
        delayP50Ms: empty ? 0 : late(delays.percentile(50)),
        delayP99Ms: empty ? 0 : late(delays.percentile(99)),
        delayMaxMs: empty ? 0 : late(delays.max),
        utilization,
      };
      delays.reset();
      return sample;
    },
    stop: () => void delays.disable(),
  };
}
