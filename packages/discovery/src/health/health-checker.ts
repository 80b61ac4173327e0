import {
  checkOptions,
  type Duration,
  defaultRuntime,
  duration,
  durationMs,
  finiteNumber,
  type Handler,
  type Health,
  objectWith,
  type Prober,
  type Runtime,
  wholeNumber,
} from '@tutti/core';
import { askHttp } from './ask-http.ts';
import { askTcp } from './ask-tcp.ts';
import { type HealthProbe, healthProbe } from './health-probe.ts';
import { type ProbeSettings, ProbeTarget } from './probe-target.ts';

export interface HealthCheckerOptions {
  /** Between the end of one probe of a target and the next. @defaultValue '10s' */
  readonly interval?: Duration;
  /** How much each interval varies, as a share of it. @defaultValue 0.1 */
  readonly jitter?: number;
  /** A target that has not answered by then has failed. @defaultValue '2s' */
  readonly timeout?: Duration;
  /** Successes in a row that make an unhealthy target healthy. @defaultValue 1 */
  readonly rise?: number;
  /** Failures in a row that make a healthy target unhealthy. @defaultValue 3 */
  readonly fall?: number;
  readonly runtime?: Runtime;
}

export const healthCheckerDefaults = {
  interval: '10s',
  jitter: 0.1,
  timeout: '2s',
  rise: 1,
  fall: 3,
} as const;

/**
 * Asks targets how they are: each once an interval, however many watch it, and only while somebody does. Share one among
 * everything in a process that probes. The first answer counts at once; after it, `rise` and `fall` decide.
 */
export class HealthChecker implements Prober {
  readonly #runtime: Runtime;
  readonly #settings: ProbeSettings;
  readonly #targets = new Map<unknown, ProbeTarget>();

  constructor(options: HealthCheckerOptions = {}) {
    const checked = checkOptions(
      'healthChecker',
      options,
      {
        optional: {
          interval: duration,
          jitter: finiteNumber({ min: 0, max: 1 }),
          timeout: duration,
          rise: wholeNumber({ min: 1 }),
          fall: wholeNumber({ min: 1 }),
          runtime: objectWith('a Runtime', 'clock'),
        },
      },
      healthCheckerDefaults,
    );
    const { jitter, rise, fall } = checked;
    this.#runtime = checked.runtime ?? defaultRuntime;
    this.#settings = { jitter, rise, fall, intervalMs: durationMs(checked.interval), timeoutMs: durationMs(checked.timeout) };
  }

  /** @throws INVALID_OPTIONS for something that is no probe. */
  watchHealth(probe: HealthProbe, listener: (health: Health) => void): () => void {
    checkOptions<{ probe: HealthProbe }, object>('watchHealth', { probe }, { required: { probe: healthProbe } });
    const key = probe.kind === 'function' ? probe.check : nameOf(probe);
    const target = this.#targets.get(key) ?? new ProbeTarget(nameOf(probe), asks(probe), this.#settings, this.#runtime);
    this.#targets.set(key, target);
    const own = (health: Health): void => listener(health); // the same function may watch twice
    target.add(own);
    return () => {
      if (target.delete(own) || this.#targets.get(key) !== target) return;
      this.#targets.delete(key);
      void target.end(); // never rejects: a probe that is under way is cancelled, and its answer is of no interest
    };
  }
}

function nameOf(probe: HealthProbe): string {
  if (probe.kind === 'http') return probe.identity === undefined ? probe.url : `${probe.url} as ${probe.identity}`;
  return probe.kind === 'tcp' ? `tcp://${probe.host}:${probe.port}` : `the function ${probe.check.name || '(anonymous)'}`;
}

function asks(probe: HealthProbe): Handler<void, void> {
  if (probe.kind === 'http') return askHttp(probe.url, probe.identity);
  if (probe.kind === 'tcp') return askTcp(probe.host, probe.port);
  return (_input, call) => probe.check(call);
}
