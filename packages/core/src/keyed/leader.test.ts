import { describe, expect, it } from 'vitest';
import type { HeldLease } from '../ports/lease.ts';
import { testRuntime } from '../testing/index.ts';
import { leader } from './leader.ts';
import { memoryLease } from './memory-lease.ts';

const untilOver = (held: HeldLease): Promise<void> =>
  new Promise((resolve) => held.signal.addEventListener('abort', () => resolve(), { once: true }));

describe('leaders', () => {
  it('work one at a time, with rising fences, and the next goes on when one stops', async () => {
    const runtime = testRuntime();
    const lease = memoryLease({ runtime });
    const log: string[] = [];
    const make = (who: string): ReturnType<typeof leader> =>
      leader({
        lease,
        name: 'compaction',
        runtime,
        async lead(held) {
          log.push(`${who} leads under ${held.fence}`);
          await untilOver(held);
          log.push(`${who} has ended`);
        },
      });
    const [first, second] = [make('first'), make('second')];
    await first.start();
    await second.start();
    await runtime.clock.advance(30_000);
    expect(log).toEqual(['first leads under 1']);
    await first.stop();
    await runtime.clock.advance(10_000);
    expect(log).toEqual(['first leads under 1', 'first has ended', 'second leads under 2']);
    await second.stop();
  });

  it('give the lease back when the work returns, and try again after work that failed', async () => {
    const runtime = testRuntime();
    const logged: string[] = [];
    const lease = memoryLease({ runtime });
    let turns = 0;
    const part = leader({
      lease,
      name: 'job',
      runtime: { ...runtime, logger: { enabled: () => true, log: (_level, message) => void logged.push(message) } },
      async lead() {
        if (++turns === 1) throw new Error('a bad day');
      },
    });
    await part.start();
    await runtime.clock.advance(6_500);
    expect([turns, logged]).toEqual([2, ['leading job failed; it goes on']]);
    expect(await lease.tryAcquire('job', 1_000)).toBeDefined();
    await part.stop();
  });
});
