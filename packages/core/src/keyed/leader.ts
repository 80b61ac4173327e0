import { type Component, component } from '../lifecycle/component.ts';
import type { Health } from '../lifecycle/health.ts';
import { checkOptions } from '../options/check-options.ts';
import { type Duration, durationMs } from '../options/duration.ts';
import { callable, duration, objectWith, text } from '../options/rules.ts';
import type { HeldLease, Lease } from '../ports/lease.ts';
import { type Repeating, repeat } from '../runtime/repeat.ts';
import { defaultRuntime, type Runtime } from '../runtime/runtime.ts';

export interface LeaderOptions {
  readonly lease: Lease;
  /** What is led. */
  readonly name: string;
  /**
   * The work of the leader. It ends soon when `held.signal` is aborted, and sends `held.fence` along with everything that it writes.
   * When it returns while the lease is held, the lease is given back.
   */
  readonly lead: (held: HeldLease) => Promise<void>;
  /** How long a leader that died keeps others waiting. @defaultValue '15s' */
  readonly ttl?: Duration;
  /** How often those who do not lead try. @defaultValue '5s' */
  readonly retryEvery?: Duration;
  readonly runtime?: Runtime;
}

export const leaderDefaults = { ttl: '15s', retryEvery: '5s' } as const;

/** While it runs, one of all leaders of the same name does the work, and when that one ends another goes on. */
export function leader(options: LeaderOptions): Component {
  const {
    lease,
    name,
    lead,
    ttl,
    retryEvery,
    runtime = defaultRuntime,
  } = checkOptions(
    'leader',
    options,
    {
      required: { lease: objectWith('a Lease', 'tryAcquire'), name: text, lead: callable },
      optional: { ttl: duration, retryEvery: duration, runtime: objectWith('a Runtime', 'clock', 'logger', 'random') },
    },
    leaderDefaults,
  );
  const ttlMs = durationMs(ttl, 'leader.ttl');
  const intervalMs = durationMs(retryEvery, 'leader.retryEvery');
  let trying: Repeating | undefined;
  let held: HeldLease | undefined;
  let stopping = false;

  async function turn(): Promise<void> {
    held = await lease.tryAcquire(name, ttlMs);
    if (!held) return;
    try {
      if (!stopping) await lead(held);
    } finally {
      await held.release();
      held = undefined;
    }
  }
  return component(`leader ${name}`, {
    open() {
      trying = repeat(runtime, { name: `leading ${name}`, intervalMs, jitter: 0.2 }, turn);
      trying.trigger();
    },
    async close() {
      stopping = true;
      const ended = trying?.stop();
      await held?.release();
      await ended;
    },
    probe: (): Health => (held ? { status: 'healthy', reason: `leads ${name}` } : { status: 'healthy' }),
  });
}
