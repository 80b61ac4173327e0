import { describe, expect, it } from 'vitest';
import type { ConfigEntry } from '../ports/config-store.ts';
import type { LogFields } from '../runtime/logger.ts';
import { testRuntime } from '../testing/index.ts';
import { configEntry } from './config-entries.ts';
import { followConfig } from './config-follower.ts';

/** A store of one key that can be away, that can forget to ring, and that counts what it costs. */
function stage() {
  const logged: (LogFields | undefined)[] = [];
  const runtime = {
    ...testRuntime(),
    logger: { enabled: () => true, log: (_level: string, _message: string, fields?: LogFields) => void logged.push(fields) },
  };
  const state = { revision: 1, away: false, looks: 0, rings: new Set<() => void>() };
  const watch = followConfig(
    {
      name: 'a stage',
      lookEveryMs: 1_000,
      async newer(revisions) {
        state.looks++;
        if (state.away) throw new Error('away');
        return state.revision > (revisions['k'] ?? 0) ? [configEntry('k', state.revision, '1', 'ada', 0)] : [];
      },
      onRing(ring) {
        state.rings.add(ring);
        return () => state.rings.delete(ring);
      },
    },
    runtime,
  );
  const heard: number[] = [];
  const hear = ({ revision }: ConfigEntry): void => void heard.push(revision);
  return { runtime, logged, state, watch, heard, hear };
}

describe('following a config store', () => {
  it('looks when it rings', async () => {
    const { runtime, state, watch, heard, hear } = stage();
    watch('k', hear);
    await runtime.clock.advance(0);
    state.revision = 4;
    for (const ring of state.rings) ring();
    await runtime.clock.advance(0);
    expect(heard).toEqual([1, 4]);
  });

  it('hears, when a ring was lost, by looking now and then', async () => {
    const { runtime, state, watch, heard, hear } = stage();
    watch('k', hear);
    await runtime.clock.advance(0);
    state.revision = 2;
    await runtime.clock.advance(800);
    expect(heard).toEqual([1]);
    await runtime.clock.advance(400);
    expect(heard).toEqual([1, 2]);
  });

  it('leaves the last good value while the store is away, logs it, and goes on when it is back', async () => {
    const { runtime, logged, state, watch, heard, hear } = stage();
    watch('k', hear);
    await runtime.clock.advance(0);
    state.away = true;
    state.revision = 3;
    await runtime.clock.advance(3_000);
    expect(heard).toEqual([1]);
    expect(logged.length).toBeGreaterThanOrEqual(2);
    state.away = false;
    await runtime.clock.advance(1_200);
    expect(heard).toEqual([1, 3]);
  });

  it('tells a second watch the current entry, and the first nothing twice', async () => {
    const { runtime, watch, heard, hear } = stage();
    watch('k', hear);
    await runtime.clock.advance(0);
    const late: number[] = [];
    watch('k', ({ revision }) => late.push(revision));
    await runtime.clock.advance(0);
    expect([heard, late]).toEqual([[1], [1]]);
  });

  it('costs nothing once nobody watches: no ring, no timer, no look', async () => {
    const { runtime, state, watch, hear } = stage();
    const offs = [watch('k', hear), watch('k', hear)];
    await runtime.clock.advance(0);
    for (const off of offs) off();
    const { looks } = state;
    expect(state.rings.size).toBe(0);
    expect(runtime.clock.nextDelayMs()).toBeUndefined();
    await runtime.clock.advance(10_000);
    expect(state.looks).toBe(looks);
    watch('k', hear)();
  });
});
